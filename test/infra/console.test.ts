import { Match } from 'aws-cdk-lib/assertions'
import { type ConsoleTemplates, synthesizedWithConsole } from './console-templates.ts'
import { routes, synthesized } from './synthesized.ts'

const trial = synthesizedWithConsole({})
const { app, stateless, console, permissions } = trial
const distribution = trial.idOf('AWS::CloudFront::Distribution')
const address = `https://<${distribution}>`
const signIn = 'https://understudy-trial-111122223333.auth.eu-central-1.amazoncognito.com'
const credentials = 'https://cognito-identity.eu-central-1.<AWS::URLSuffix>'

/** What a content security policy allows, by directive. */
const directivesOf = (policy: string) =>
  Object.fromEntries(
    policy
      .split('; ')
      .map((text) => text.split(' '))
      .map(([name, ...sources]) => [name, sources]),
  )

describe('an environment without a console', () => {
  const plain = synthesized('trial')

  it('has no stack for it, and no page of another origin may call its API', () => {
    expect(plain.console).toBeUndefined()
    plain.stateless.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() })
    plain.stateless.resourceCountIs('Custom::CDKBucketDeployment', 0)
  })
})

describe('the stacks of an environment with a console', () => {
  it('are made one after the other by one deployment', () => {
    const stacks = app.synth().stacks.map(({ stackName, dependencies }) => ({
      stack: stackName,
      after: dependencies.map(({ id }) => id).filter((id) => !id.endsWith('.assets')),
    }))

    expect(new Map(stacks.map(({ stack, after }) => [stack, new Set(after)]))).toEqual(
      new Map([
        ['understudy-trial-stateful', new Set()],
        ['understudy-trial-console', new Set()],
        ['understudy-trial-stateless', new Set(['understudy-trial-stateful', 'understudy-trial-console'])],
      ]),
    )
  })

  it('say where the console is, and which users it has', () => {
    const outputs = console.toJSON().Outputs
    expect(permissions.rendered(outputs.ConsoleAddress.Value)).toBe(address)
    console.hasOutput('UserPoolId', { Value: { Ref: trial.idOf('AWS::Cognito::UserPool') } })
  })

  it('carry the name of the environment in every name', () => {
    const named = /^(Name|(UserPool|IdentityPool|Client|Role)Name)$/
    const names = Object.values(console.toJSON().Resources as Record<string, { Properties?: object }>)
      .flatMap(({ Properties }) => Object.entries(Properties ?? {}))
      .filter(([property, value]) => named.test(property) && typeof value === 'string')
      .map(([, name]) => name)

    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !/^understudy-trial-/.test(name))).toEqual([])
  })
})

describe('the files of the console', () => {
  it('stand in a bucket that is private, encrypted, and spoken to by TLS alone', () => {
    console.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.anyValue(),
    })
    console.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
  })

  it('are read by the distribution of this console, and by nobody else', () => {
    const { Statement } = trial.propertiesOf('AWS::S3::BucketPolicy').PolicyDocument
    const readers = Statement.filter(
      ({ Effect, Action }: Record<string, unknown>) => Effect === 'Allow' && [Action].flat().includes('s3:GetObject'),
    )

    expect(readers).toEqual([
      expect.objectContaining({
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Condition: { StringEquals: { 'AWS:SourceArn': expect.anything() } },
      }),
    ])
    expect(JSON.stringify(readers)).toContain(distribution)
  })

  it.each([
    ['/', '/index.html'],
    ['/groups/pair', '/index.html'],
    ['/clusters/c/users/alice@example.com', '/index.html'],
    ['/index.html', '/index.html'],
    ['/config.json', '/config.json'],
    ['/icon.svg', '/icon.svg'],
    ['/assets/index-abc123.js', '/assets/index-abc123.js'],
    ['/assets/gone', '/assets/gone'],
  ])('are what is answered by path: %s by %s', (path, answered) => {
    const { FunctionCode } = trial.propertiesOf('AWS::CloudFront::Function')
    const handler = new Function('event', `${FunctionCode}; return handler(event)`)

    expect(handler({ request: { uri: path } })).toEqual({ uri: answered })
    console.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        DefaultRootObject: 'index.html',
        CustomErrorResponses: Match.absent(),
        DefaultCacheBehavior: { FunctionAssociations: [Match.objectLike({ EventType: 'viewer-request' })] },
      },
    })
  })

  it('are kept for a year where the name changes with the content, and asked for anew where not', () => {
    const [assets, page] = trial.bringings

    expect(assets).toMatchObject({
      Exclude: ['*'],
      Include: ['assets/*'],
      SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
    })
    expect(page).toMatchObject({
      Exclude: ['assets/*'],
      SystemMetadata: { 'cache-control': 'no-cache' },
      DistributionPaths: ['/index.html', '/config.json'],
    })
    expect(permissions.rendered(page?.DistributionId)).toBe(`<${distribution}>`)
  })

  it('come before the page that names them, and stay for the pages that are open', () => {
    const [assets] = Object.keys(
      stateless.findResources('Custom::CDKBucketDeployment', { Properties: { Include: ['assets/*'] } }),
    )

    stateless.hasResource('Custom::CDKBucketDeployment', {
      Properties: { Exclude: ['assets/*'] },
      DependsOn: Match.arrayWith([assets]),
    })
    expect(trial.bringings.map(({ Prune }) => Prune)).toEqual([false, false])
  })

  it('do not tell of their build', () => {
    expect(() => trial.brought('stamp.txt')).toThrow()
  })

  it('tell the page where its API is, and how one signs in', () => {
    expect(JSON.parse(trial.brought('config.json'))).toEqual({
      environment: 'trial',
      endpoint: 'understudy-trial-api',
      region: 'eu-central-1',
      signIn: {
        kind: 'cognito',
        domain: signIn,
        userPoolId: `<${trial.idOf('AWS::Cognito::UserPool')}>`,
        clientId: `<${trial.idOf('AWS::Cognito::UserPoolClient')}>`,
        identityPoolId: `<${trial.idOf('AWS::Cognito::IdentityPool')}>`,
      },
    })
  })
})

describe('what browsers must obey', () => {
  const headers = trial.propertiesOf('AWS::CloudFront::ResponseHeadersPolicy').ResponseHeadersPolicyConfig
    .SecurityHeadersConfig
  const allowed = directivesOf(permissions.rendered(headers.ContentSecurityPolicy.ContentSecurityPolicy))

  it('allows nothing that is not named, and of scripts and styles the own ones', () => {
    expect(allowed).toMatchObject({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
    })
    expect(JSON.stringify(allowed)).not.toMatch(/unsafe-eval|"\*"|"https:"/)
  })

  it("connects the page with itself, the Region's APIs and the two hosts of its sign-in", () => {
    expect(allowed['connect-src']).toEqual([
      "'self'",
      'https://*.execute-api.eu-central-1.<AWS::URLSuffix>',
      signIn,
      credentials,
    ])
  })

  it('of all APIs, leaves the one of this environment to the page', () => {
    const [, policy] = /^<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(
      trial.brought('index.html'),
    ) as unknown as [string, string]

    expect(directivesOf(policy)).toEqual({ 'connect-src': ["'self'", 'understudy-trial-api', signIn, credentials] })
  })

  it('says the rest that a page can ask of browsers', () => {
    expect(headers).toMatchObject({
      StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, Override: true },
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY', Override: true },
      ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
    })
    const [policy] = Object.keys(console.findResources('AWS::CloudFront::ResponseHeadersPolicy'))
    console.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        HttpVersion: 'http2and3',
        DefaultCacheBehavior: {
          ResponseHeadersPolicyId: { Ref: policy },
          ViewerProtocolPolicy: 'redirect-to-https',
          Compress: true,
        },
      },
    })
  })
})

describe('the API', () => {
  const corsOf = ({ propertiesOf, permissions }: ConsoleTemplates) => {
    const { AllowOrigins, ...rest } = propertiesOf('AWS::ApiGatewayV2::Api').CorsConfiguration
    return { origins: AllowOrigins.map((origin: unknown) => permissions.rendered(origin)), ...rest }
  }

  it('lets in the page of the console, and no other', () => {
    expect(corsOf(trial).origins).toEqual([address])
  })

  it('lets it sign, change under a version and read what answers say besides their body; without cookies', () => {
    const { AllowMethods, AllowHeaders, ExposeHeaders, AllowCredentials } = corsOf(trial)

    expect(new Set(AllowMethods)).toEqual(new Set(routes.map(({ method }) => method)))
    expect(AllowHeaders).toEqual(
      expect.arrayContaining(['authorization', 'x-amz-date', 'x-amz-security-token', 'if-match', 'idempotency-key']),
    )
    expect(ExposeHeaders).toEqual(expect.arrayContaining(['etag', 'retry-after', 'date', 'apigw-requestid']))
    expect(AllowCredentials).toBeUndefined()
  })

  it('logs which of the users called', () => {
    stateless.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: {
        Format: Match.serializedJson(Match.objectLike({ signIn: '$context.identity.cognitoAuthenticationProvider' })),
      },
    })
  })

  it('is asked by an own address where the settings have one, which brings TLS 1.2 at least', () => {
    const domain = {
      name: 'console.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0f0f0f0f-0000-4000-8000-000000000000',
    }
    const own = synthesizedWithConsole({ domain })

    expect(corsOf(own).origins).toEqual(['https://console.example.com'])
    own.console.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['console.example.com'],
        ViewerCertificate: { AcmCertificateArn: domain.certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
      },
    })
    own.console.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: ['https://console.example.com/'],
    })
    const exported = ({ console }: ConsoleTemplates) => Object.keys(console.toJSON().Outputs)
    // CloudFormation takes back no export that the stateless stack of the last deployment imports.
    expect(exported(own)).toEqual(exported(trial))
  })
})
