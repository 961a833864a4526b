import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  Color,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  Metric,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { type Environment, physicalName, serviceName } from '../environments/environment.ts'
import type { ControlPlane } from './control-plane-alarms.ts'
import { type Condition, conditions, fiveMinutes, minute, ownMetric, ownMetricsBy } from './metrics.ts'

const fullWidth = 24
const graphHeight = 6

const conditionColors: Record<Condition, string> = {
  Normal: Color.GREEN,
  InTransition: Color.BLUE,
  UsersAway: Color.ORANGE,
  FailedMode: Color.RED,
  BothSilent: Color.PURPLE,
  Unknown: Color.BROWN,
  HighAvailabilityOff: Color.GREY,
}

/** The picture that an operator keeps open: first how the users fare, then why, then what it runs on. */
export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    controlPlane: ControlPlane,
    alarms: { groups: Alarm[]; controlPlane: Alarm[] },
  ) {
    super(scope, id)
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: serviceName(environment),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        heading('Groups', 'Is anybody not served? *Users away*: one node of the pair serves both.'),
        groupWidgets(environment, alarms.groups),
        heading('Decisions', 'What the control plane did. A rule is a row of docs/policy.md.'),
        decisionWidgets(environment),
        heading(
          'Heartbeats',
          'They are what everything rests on: each node sends four a minute, or as often as is set.',
        ),
        heartbeatWidgets(environment, controlPlane),
        heading('The control plane itself', 'Its alarms tell on-call; each names its section of docs/operating.md.'),
        controlPlaneWidgets(environment, alarms.controlPlane),
        heading('Functions, API, workflows, tables', 'Latency, errors, and what is turned away.'),
        ...platformWidgets(environment, controlPlane),
      ],
    })
  }
}

const heading = (title: string, meaning: string): IWidget[] => [
  new TextWidget({ markdown: `## ${title}\n${meaning}`, width: fullWidth, height: 2 }),
]

const graph = (title: string, left: IMetric[], width: number, more: Partial<GraphWidgetProps> = {}): IWidget =>
  new GraphWidget({ title, left, width, height: graphHeight, leftYAxis: { min: 0 }, ...more })

const status = (title: string, alarms: Alarm[], width: number): IWidget =>
  new AlarmStatusWidget({ title, alarms, width, height: graphHeight })

const groupWidgets = (environment: Environment, alarms: Alarm[]): IWidget[] => [
  graph(
    'Groups by condition',
    conditions.map((condition) =>
      ownMetric(environment, 'Groups', 'Maximum', { condition, label: condition }).with({
        color: conditionColors[condition],
      }),
    ),
    18,
    { stacked: true },
  ),
  status('Groups in trouble', alarms, 6),
]

const decisionWidgets = (environment: Environment): IWidget[] => [
  graph('Transitions by kind and outcome', [ownMetricsBy(environment, 'Transitions', ['kind', 'outcome'])], 8),
  graph('Decisions by rule', [ownMetricsBy(environment, 'Decisions', ['rule'])], 8),
  graph(
    'Detection lateness (ms): from the deadline to the decision',
    (['p50', 'p99'] as const).map((of) => ownMetric(environment, 'DetectionLateness', of, { label: of })),
    8,
  ),
]

function heartbeatWidgets(environment: Environment, { functions }: ControlPlane): IWidget[] {
  const { heartbeat } = functions
  return [
    graph(
      'Heartbeats a minute',
      [
        heartbeat.metricInvocations({ period: minute, statistic: 'Sum', label: 'arrived' }),
        ownMetric(environment, 'RejectedHeartbeats', 'Sum', { label: 'rejected' }).with({ color: Color.RED }),
      ],
      12,
    ),
    graph(
      'Answering a heartbeat (ms)',
      (['p50', 'p99'] as const).map((of) => heartbeat.metricDuration({ period: minute, statistic: of, label: of })),
      12,
    ),
  ]
}

const controlPlaneWidgets = (environment: Environment, alarms: Alarm[]): IWidget[] => [
  graph('Oldest effect not carried out (ms)', [ownMetric(environment, 'OutboxAge', 'Maximum', { label: 'oldest' })], 6),
  graph(
    'Sweeps a minute',
    [
      ownMetric(environment, 'Sweeps', 'Sum', { label: 'sweeps' }),
      ownMetric(environment, 'SweepFailures', 'Sum', { label: 'work that failed' }).with({ color: Color.RED }),
    ],
    6,
  ),
  status('Alarms', alarms, 12),
]

const platformWidgets = (
  environment: Environment,
  { api, functions, workflows, tables }: ControlPlane,
): IWidget[][] => {
  const lambdas = Object.entries(functions)
  const sum = { period: minute, statistic: 'Sum' }
  const slow = { period: fiveMinutes, statistic: 'Sum' }
  return [
    [
      graph(
        'API: refusals (4xx) and errors (5xx)',
        [
          api.http.metricClientError({ ...sum, label: '4xx' }),
          api.http.metricServerError({ ...sum, label: '5xx', color: Color.RED }),
          ownMetric(environment, 'ThrottledCalls', 'Sum', { label: '429: too many calls' }),
        ],
        8,
      ),
      graph(
        'API: time to answer (ms)',
        (['p50', 'p99'] as const).map((of) => api.http.metricLatency({ period: minute, statistic: of, label: of })),
        8,
      ),
      graph('API: calls a minute', [api.http.metricCount({ ...sum, label: 'calls' })], 8),
    ],
    [
      graph(
        'Functions: calls that break down',
        lambdas.map(([name, lambda]) => lambda.metricErrors({ ...sum, label: name })),
        8,
      ),
      graph(
        'Functions: turned away',
        lambdas.map(([name, lambda]) => lambda.metricThrottles({ ...sum, label: name })),
        8,
      ),
      graph(
        'Functions: time p99 (ms)',
        lambdas.map(([name, lambda]) => lambda.metricDuration({ period: minute, statistic: 'p99', label: name })),
        8,
      ),
    ],
    [
      graph(
        'Functions: running at once',
        lambdas.map(([name, lambda]) =>
          lambda.metric('ConcurrentExecutions', { period: minute, statistic: 'Maximum', label: name }),
        ),
        8,
      ),
      graph(
        'Workflows that broke down',
        [...workflows].flatMap(([name, machine]) => [
          machine.metricFailed({ ...slow, label: `${name}: failed` }),
          machine.metricTimedOut({ ...slow, label: `${name}: out of time` }),
          machine.metricThrottled({ ...slow, label: `${name}: turned away` }),
        ]),
        8,
      ),
      graph(
        'Tables: turned away',
        Object.keys(tables).flatMap((table) => [
          tableMetric(environment, table, 'ReadThrottleEvents', `${table} reads`),
          tableMetric(environment, table, 'WriteThrottleEvents', `${table} writes`),
        ]),
        8,
      ),
    ],
    [
      graph(
        'Tables: write units a minute',
        Object.keys(tables).map((table) => tableMetric(environment, table, 'ConsumedWriteCapacityUnits', table)),
        12,
      ),
      graph(
        'Tables: read units a minute',
        Object.keys(tables).map((table) => tableMetric(environment, table, 'ConsumedReadCapacityUnits', table)),
        12,
      ),
    ],
  ]
}

const tableMetric = (environment: Environment, table: string, metricName: string, label: string) =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: physicalName(environment, table) },
    statistic: 'Sum',
    period: minute,
    label,
  })
