import { Duration } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  type CfnStage,
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { FilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { type Environment, physicalName, serviceName } from '../environments/environment.ts'
import { type Route, readCors } from '../project-files.ts'
import { createLog } from './log.ts'
import { metricNamespace } from './metrics.ts'

/** One line of JSON for each request: who asked what, how it was answered, and how long that took. */
const accessLogFormat = (environment: Environment) =>
  AccessLogFormat.custom(
    JSON.stringify({
      service: serviceName(environment),
      requestId: '$context.requestId',
      requestTime: '$context.requestTime',
      routeKey: '$context.routeKey',
      path: '$context.path',
      caller: '$context.identity.userArn',
      // Those who sign in to the console share the ARN of their role.
      ...(environment.console && { signIn: '$context.identity.cognitoAuthenticationProvider' }),
      sourceIp: '$context.identity.sourceIp',
      status: '$context.status',
      error: '$context.error.message',
      integrationError: '$context.integrationErrorMessage',
      responseLength: '$context.responseLength',
      responseLatencyMs: '$context.responseLatency',
      integrationLatencyMs: '$context.integrationLatency',
    }),
  )

/**
 * What the page of the console may do from its own origin; no other page may call the API. Credentials are those that
 * browsers send by themselves, such as cookies: here every call is signed instead.
 */
function pagesOf(origin: string, routes: Route[]): CorsPreflightOptions {
  const { headers, exposedHeaders, maxAgeSeconds } = readCors()
  return {
    allowOrigins: [origin],
    allowMethods: [...new Set(routes.map(({ method }) => CorsHttpMethod[method]))],
    allowHeaders: headers,
    exposeHeaders: exposedHeaders,
    maxAge: Duration.seconds(maxAgeSeconds),
  }
}

/** The HTTP API: the routes of domain/routes.json, each of them behind IAM and in front of its function. */
export class Api extends Construct {
  readonly http: HttpApi

  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    routes: Route[],
    functions: ReadonlyMap<string, IFunction>,
    consoleOrigin?: string,
  ) {
    super(scope, id)
    this.http = new HttpApi(this, 'HttpApi', {
      apiName: physicalName(environment, 'api'),
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
      ...(consoleOrigin && { corsPreflight: pagesOf(consoleOrigin, routes) }),
    })
    const integrations = new Map(
      [...functions].map(([name, lambda]) => [
        name,
        // One permission for all routes of this API: a permission for each would fill up the policy of the function.
        new HttpLambdaIntegration(name, lambda, { scopePermissionToRoute: false }),
      ]),
    )
    const added = routes.flatMap((route) => {
      const integration = integrations.get(route.function)
      if (!integration) throw new Error(unknownFunction(route, functions))
      return this.http.addRoutes({ path: route.path, methods: [HttpMethod[route.method]], integration })
    })
    const log = createLog(
      this,
      'AccessLog',
      environment,
      `/aws/vendedlogs/apigateway/${physicalName(environment, 'api')}`,
    )
    this.#addStage(environment, routes, added, log)
    this.#countThrottled(log)
  }

  #addStage(environment: Environment, routes: Route[], added: HttpRoute[], log: LogGroup): void {
    const { heartbeats, otherRoutes } = environment.throttling
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.http,
      autoDeploy: true,
      throttle: { rateLimit: otherRoutes.requestsPerSecond, burstLimit: otherRoutes.burstRequests },
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: accessLogFormat(environment),
      },
    })
    const heartbeatSettings = {
      ThrottlingRateLimit: heartbeats.requestsPerSecond,
      ThrottlingBurstLimit: heartbeats.burstRequests,
    }
    const cfnStage = stage.node.defaultChild as CfnStage
    cfnStage.routeSettings = Object.fromEntries(
      routes
        .filter((route) => route.function === 'heartbeat')
        .map(({ method, path }) => [`${method} ${path}`, heartbeatSettings]),
    )
    // A stage is refused when its settings name a route that does not exist yet.
    stage.node.addDependency(...added)
  }

  /** The API counts all refusals together (4xx); those for too many calls are in its log. */
  #countThrottled(log: LogGroup): void {
    new MetricFilter(this, 'Throttled', {
      logGroup: log,
      filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
      metricNamespace,
      metricName: 'ThrottledCalls',
      metricValue: '1',
      dimensions: { service: '$.service' },
    })
  }
}

function unknownFunction(route: Route, functions: ReadonlyMap<string, unknown>): string {
  const known = [...functions.keys()].join(', ')
  return `domain/routes.json: ${route.method} ${route.path} names the function "${route.function}"; known: ${known}.`
}
