import { type Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import { type FunctionName, functions } from '../functions.ts'
import type { TableShapes } from '../project-files.ts'
import { type AlarmPlan, createAlarm } from './alarm.ts'
import type { Api } from './api.ts'
import { fiveMinutes, minute, ownMetric, percentage } from './metrics.ts'
import type { WorkflowName } from './workflow.ts'

/** What the control plane is made of, as far as it can break. */
export interface ControlPlane {
  readonly api: Api
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>
  readonly workflows: ReadonlyMap<WorkflowName, IStateMachine>
  readonly deadLetters: { readonly sweeper: IQueue; readonly alerts: IQueue }
  readonly tables: TableShapes
}

/** Alarms about the control plane itself, of which no group can tell: they tell on-call. */
export class ControlPlaneAlarms extends Construct {
  readonly alarms: Alarm[]

  constructor(scope: Construct, id: string, environment: Environment, controlPlane: ControlPlane, topic: ITopic) {
    super(scope, id)
    const plans = [
      ...sweeping(environment),
      ...deadLetters(controlPlane),
      ...api(environment, controlPlane),
      ...functionNames.flatMap((name) => ofFunction(environment, name, controlPlane.functions[name])),
      ...tables(environment, controlPlane.tables),
    ]
    this.alarms = plans.map((plan) => createAlarm(this, environment, plan, topic))
  }
}

const functionNames = Object.keys(functions) as FunctionName[]

const sweeping = (environment: Environment): AlarmPlan[] => [
  {
    section: 'outbox-stuck',
    what: `Something that was decided has not been carried out for ${environment.alarms.outboxAgeSeconds} seconds.`,
    effect: 'A workflow may not have started, or an event, also the message to on-call, has not been published.',
    first: 'Look for "stays in the outbox" in the logs of the functions: it names the group and the reason.',
    metric: ownMetric(environment, 'OutboxAge', 'Maximum'),
    threshold: environment.alarms.outboxAgeSeconds * 1000,
    periods: [2, 3],
    missing: TreatMissingData.IGNORE,
  },
  {
    section: 'sweeper-missing',
    what: `The sweeper has not finished a sweep for ${environment.alarms.sweeperMissingMinutes} minutes.`,
    effect:
      'Failovers still happen. What a crash left is not carried out, and groups that fall silent are not told of.',
    first: 'Look at the errors of the function sweeper on the dashboard, and whether its schedule is enabled.',
    metric: ownMetric(environment, 'Sweeps', 'Sum'),
    threshold: 1,
    below: true,
    periods: [environment.alarms.sweeperMissingMinutes, environment.alarms.sweeperMissingMinutes],
    missing: TreatMissingData.BREACHING,
  },
  {
    section: 'sweep-failures',
    what: 'The sweeper has failed at the same work for several minutes; all other groups are swept.',
    effect: 'One group, or the configuration of one cluster, stays as a crash left it.',
    first: 'Look for errors in the log of the function sweeper: they name the group or the cluster.',
    metric: ownMetric(environment, 'SweepFailures', 'Sum'),
    threshold: 1,
    periods: [3, 5],
    missing: TreatMissingData.NOT_BREACHING,
  },
]

const deadLetters = ({ deadLetters }: ControlPlane): AlarmPlan[] => [
  {
    section: 'sweeper-dead-letters',
    what: 'A sweep could not be started, or broke down.',
    effect: 'None, if the sweeps after it worked: each does the whole work anew.',
    first: 'Read the messages of the queue for the reason; the alarm rings until the queue is purged.',
    metric: deadLetters.sweeper.metricApproximateNumberOfMessagesVisible({ period: minute, statistic: 'max' }),
    threshold: 1,
    periods: [1, 1],
    missing: TreatMissingData.NOT_BREACHING,
  },
  {
    section: 'alerts-dead-letters',
    what: 'On-call has not been told of an incident of a group.',
    effect: 'Users of a group may be concerned, and nobody knows.',
    first: 'npx understudy status, then read the messages of the queue: each holds the incident.',
    metric: deadLetters.alerts.metricApproximateNumberOfMessagesVisible({ period: minute, statistic: 'max' }),
    threshold: 1,
    periods: [1, 1],
    missing: TreatMissingData.NOT_BREACHING,
  },
]

const api = (environment: Environment, { api }: ControlPlane): AlarmPlan[] => [
  {
    section: 'api-errors',
    what: `At least ${environment.alarms.errorPercent} % of the API's answers are errors of ours (5xx).`,
    effect: 'Heartbeats among them count as lost: their nodes keep serving until their leases lapse.',
    first: 'See which route answers so in the access log of the API, then the log of its function.',
    metric: percentage(
      api.http.metricServerError({ statistic: 'Sum', period: minute }),
      api.http.metricCount({ statistic: 'Sum', period: minute }),
      'answers with 5xx',
    ),
    threshold: environment.alarms.errorPercent,
    periods: [3, 5],
    missing: TreatMissingData.NOT_BREACHING,
  },
  {
    section: 'api-throttled',
    what: 'The API turns calls away (429): more come than the environment allows.',
    effect: 'A node whose heartbeats are turned away for the length of its lease loses it.',
    first:
      'See in the access log which route and which caller it is; raise `throttling` of the environment if all is well.',
    metric: ownMetric(environment, 'ThrottledCalls', 'Sum').with({ period: fiveMinutes }),
    threshold: environment.alarms.throttledCalls,
    periods: [1, 1],
    missing: TreatMissingData.NOT_BREACHING,
  },
]

/** What users and operators notice when a function does not do its work. */
const withoutFunction: Record<FunctionName, string> = {
  heartbeat:
    'Nodes that get no heartbeat through for the length of a lease close their doors: nobody serves their users.',
  configuration: 'Operators cannot configure anything; users notice nothing.',
  commands: 'Operators cannot ask for a failover, fallback or recovery; automatic ones go on.',
  queries: 'Operators cannot see how groups stand; users notice nothing.',
  users: 'No user can be added, and portals do not learn where users log in; who is logged in notices nothing.',
  sessions:
    'Nodes cannot say who is logged in with what, and after a takeover suspended clients get no pushes; doors open as ever.',
  'workflow-step': 'Failovers, fallbacks and recoveries that need a workflow wait, and are tried again.',
  sweeper: 'What a crash left is not carried out, and groups that fall silent are not told of.',
  alerts: 'On-call is told of incidents late, or not at all.',
}

const ofFunction = (environment: Environment, name: FunctionName, lambda: LambdaFunction): AlarmPlan[] => [
  {
    section: 'function-errors',
    of: name,
    what: `At least ${environment.alarms.errorPercent} % of the calls of the function ${name} break down or run out of time.`,
    effect: withoutFunction[name],
    first: `Read its log, /aws/lambda/${physicalName(environment, name)}; if it began with a deployment, deploy the last one.`,
    metric: percentage(
      lambda.metricErrors({ statistic: 'Sum', period: minute }),
      lambda.metricInvocations({ statistic: 'Sum', period: minute }),
      `${name}: calls that break down`,
    ),
    threshold: environment.alarms.errorPercent,
    periods: [3, 5],
    missing: TreatMissingData.NOT_BREACHING,
  },
  {
    section: 'function-throttled',
    of: name,
    what: `Lambda turns calls of the function ${name} away: the account, or its reservation, is used up.`,
    effect: withoutFunction[name],
    first: 'See on the dashboard which function runs so often at once; free its concurrency, or raise the quota.',
    metric: lambda.metricThrottles({ statistic: 'Sum', period: fiveMinutes }),
    threshold: environment.alarms.throttledCalls,
    periods: [1, 1],
    missing: TreatMissingData.NOT_BREACHING,
  },
]

/** One alarm for each road into a table: DynamoDB writes these metrics only while it throttles, so sums have gaps. */
function tables(environment: Environment, shapes: TableShapes): AlarmPlan[] {
  return Object.entries(shapes).flatMap(([table, { indexes = {} }]) =>
    [undefined, ...Object.keys(indexes)].flatMap((index) =>
      (['Read', 'Write'] as const).map((kind) => throttled(environment, table, index, kind)),
    ),
  )
}

function throttled(
  environment: Environment,
  table: string,
  index: string | undefined,
  kind: 'Read' | 'Write',
): AlarmPlan {
  const name = physicalName(environment, table)
  const place = index === undefined ? name : `the index ${index} of ${name}`
  return {
    section: 'table-throttled',
    of: [table, index, `${kind.toLowerCase()}s`].filter((part) => part !== undefined).join('-'),
    what: `DynamoDB turns ${kind.toLowerCase()}s of ${place} away.`,
    effect: 'Clients try again for a while; heartbeats that take too long are lost.',
    first: 'See on the dashboard whether all calls have grown or one key is hot; DynamoDB adapts within minutes.',
    metric: new Metric({
      namespace: 'AWS/DynamoDB',
      metricName: `${kind}ThrottleEvents`,
      dimensionsMap: { TableName: name, ...(index !== undefined && { GlobalSecondaryIndexName: index }) },
      statistic: 'Sum',
      period: fiveMinutes,
    }),
    threshold: environment.alarms.throttledCalls,
    periods: [1, 1],
    missing: TreatMissingData.NOT_BREACHING,
  }
}
