import { Match } from 'aws-cdk-lib/assertions'
import { routes, settings, synthesized } from './synthesized.ts'

const { stateless } = synthesized('trial')

/** The logical id of the function of that name. */
function functionId(name: string): string {
  const [id] = Object.keys(
    stateless.findResources('AWS::Lambda::Function', { Properties: { FunctionName: `understudy-trial-${name}` } }),
  )
  if (!id) throw new Error(`There is no function understudy-trial-${name}.`)
  return id
}

/** The logical id of the integration that calls the function of that name. */
function integrationId(name: string): string {
  const [id] = Object.keys(
    stateless.findResources('AWS::ApiGatewayV2::Integration', {
      Properties: { IntegrationUri: { 'Fn::GetAtt': [functionId(name), 'Arn'] }, PayloadFormatVersion: '2.0' },
    }),
  )
  if (!id) throw new Error(`Nothing integrates the function ${name}.`)
  return id
}

describe('the API', () => {
  it('has the routes of routes.json and no other', () => {
    stateless.resourceCountIs('AWS::ApiGatewayV2::Route', routes.length)
  })

  it.each(routes)('asks IAM who calls $method $path, and gives it to $function', (route) => {
    stateless.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: `${route.method} ${route.path}`,
      AuthorizationType: 'AWS_IAM',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: integrationId(route.function) }]] },
    })
  })

  it('is all that may call its functions', () => {
    for (const name of new Set(routes.map((route) => route.function))) {
      const permissions = stateless.findResources('AWS::Lambda::Permission', {
        Properties: { FunctionName: { 'Fn::GetAtt': [functionId(name), 'Arn'] } },
      })
      expect(Object.values(permissions)).toEqual([
        expect.objectContaining({
          Properties: expect.objectContaining({
            Principal: 'apigateway.amazonaws.com',
            SourceArn: { 'Fn::Join': ['', expect.arrayContaining([':execute-api:'])] },
          }),
        }),
      ])
    }
  })

  it('keeps the limit of heartbeats apart from that of all other calls', () => {
    const { heartbeats, otherRoutes } = settings.throttling
    stateless.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: {
        ThrottlingRateLimit: otherRoutes.requestsPerSecond,
        ThrottlingBurstLimit: otherRoutes.burstRequests,
      },
      RouteSettings: {
        'POST /clusters/{cluster}/nodes/{node}/heartbeats': {
          ThrottlingRateLimit: heartbeats.requestsPerSecond,
          ThrottlingBurstLimit: heartbeats.burstRequests,
        },
      },
    })
  })

  it('has its stage made after its routes, which the settings of the stage name', () => {
    const [heartbeatRoute] = Object.keys(
      stateless.findResources('AWS::ApiGatewayV2::Route', {
        Properties: { RouteKey: 'POST /clusters/{cluster}/nodes/{node}/heartbeats' },
      }),
    )
    stateless.hasResource('AWS::ApiGatewayV2::Stage', { DependsOn: Match.arrayWith([heartbeatRoute]) })
  })

  it('logs every call with its id and its caller', () => {
    const [log] = Object.keys(
      stateless.findResources('AWS::Logs::LogGroup', {
        Properties: {
          LogGroupName: '/aws/vendedlogs/apigateway/understudy-trial-api',
          RetentionInDays: settings.logRetentionDays,
        },
      }),
    )
    stateless.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [log, 'Arn'] },
        Format: Match.serializedJson(
          Match.objectLike({ requestId: '$context.requestId', caller: '$context.identity.userArn' }),
        ),
      },
    })
  })

  it('says its endpoint', () => {
    stateless.hasOutput('ApiEndpoint', { Value: { 'Fn::GetAtt': [Match.anyValue(), 'ApiEndpoint'] } })
  })
})
