import { readFileSync } from 'node:fs'
import { CONDITIONS } from '../../domain/condition.ts'
import { conditions } from '../../infra/constructs/metrics.ts'
import { Permissions } from './permissions.ts'
import { settings, synthesized, tableShapes } from './synthesized.ts'

interface Alarm {
  AlarmName: string
  AlarmDescription: string
  AlarmActions?: unknown[]
  OKActions?: unknown[]
  MetricName?: string
  Namespace?: string
  Statistic?: string
  Dimensions?: { Name: string; Value: unknown }[]
  Metrics?: { Expression?: string; MetricStat?: { Metric: { MetricName: string; Dimensions: { Value: unknown }[] } } }[]
  Threshold: number
  ComparisonOperator: string
  DatapointsToAlarm: number
  EvaluationPeriods: number
  Period?: number
  TreatMissingData: string
}

const { stateful, stateless } = synthesized('trial')
const permissions = new Permissions(stateful, stateless)
const alarms: Alarm[] = Object.values(stateless.findResources('AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties,
)
const nameOf = ({ AlarmName }: Alarm) => AlarmName.replace('understudy-trial-', '')
const alarmNamed = (name: string): Alarm => {
  const found = alarms.find((alarm) => nameOf(alarm) === name)
  if (!found) throw new Error(`There is no alarm ${name}.`)
  return found
}
const dimensionsOf = ({ Dimensions = [] }: Alarm) =>
  Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, permissions.rendered(Value)]))

const aboutGroups = ['failed-transition', 'failed-mode', 'both-nodes-silent', 'fleet-brake']
const functionNames = [
  'heartbeat',
  'configuration',
  'commands',
  'queries',
  'users',
  'sessions',
  'workflow-step',
  'sweeper',
  'alerts',
]
const tablePaths = Object.entries(tableShapes).flatMap(([table, { indexes = {} }]) => [
  table,
  ...Object.keys(indexes).map((index) => `${table}-${index}`),
])

describe('the alarms', () => {
  it('are those that somebody has thought about', () => {
    expect(alarms.map(nameOf).sort()).toEqual(
      [
        ...aboutGroups,
        'outbox-stuck',
        'sweeper-missing',
        'sweep-failures',
        'sweeper-dead-letters',
        'alerts-dead-letters',
        'api-errors',
        'api-throttled',
        ...functionNames.flatMap((name) => [`function-errors-${name}`, `function-throttled-${name}`]),
        ...tablePaths.flatMap((path) => [`table-throttled-${path}-reads`, `table-throttled-${path}-writes`]),
      ].sort(),
    )
  })

  it('say what is wrong, what it does to users, what to do first, and where to read on', () => {
    for (const { AlarmDescription } of alarms) {
      expect(AlarmDescription).toMatch(
        /^[A-Z].{20,}\.\nEffect: [A-Z].{10,}\.\nFirst: .{20,}\.\nRead on: docs\/operating\.md#[a-z-]+$/,
      )
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024)
    }
  })

  it('name a section that the runbook has', () => {
    const runbook = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
    const named = alarms.map(({ AlarmDescription }) => AlarmDescription.split('#')[1])

    expect(new Set(anchors).size).toBe(anchors.length)
    expect(named.filter((anchor) => !anchors.includes(anchor ?? ''))).toEqual([])
  })

  it('about groups stand on the dashboard only, as on-call is told of the incident itself', () => {
    for (const alarm of aboutGroups.map(alarmNamed)) {
      expect(alarm.AlarmActions).toBeUndefined()
      expect(alarm.OKActions).toBeUndefined()
    }
  })

  it('about the control plane tell on-call when something is wrong, and when it is right again', () => {
    const topic = { 'Fn::ImportValue': expect.stringContaining('OnCallControlPlane') }

    for (const alarm of alarms.filter((alarm) => !aboutGroups.includes(nameOf(alarm)))) {
      expect({ name: nameOf(alarm), alarm: alarm.AlarmActions, ok: alarm.OKActions }).toEqual({
        name: nameOf(alarm),
        alarm: [topic],
        ok: [topic],
      })
    }
  })

  it.each([
    ['failed-transition', 'FailedTransitions', {}, 'Sum', 1],
    ['failed-mode', 'Groups', { condition: 'FailedMode' }, 'Maximum', 1],
    ['both-nodes-silent', 'Groups', { condition: 'BothSilent' }, 'Maximum', 1],
    ['fleet-brake', 'FleetBrake', {}, 'Maximum', 1],
    ['outbox-stuck', 'OutboxAge', {}, 'Maximum', settings.alarms.outboxAgeSeconds * 1000],
    ['sweeper-missing', 'Sweeps', {}, 'Sum', 1],
    ['sweep-failures', 'SweepFailures', {}, 'Sum', 1],
    ['api-throttled', 'ThrottledCalls', {}, 'Sum', settings.alarms.throttledCalls],
  ])('%s looks at our own metric %s %j', (name, metric, dimensions, statistic, threshold) => {
    const alarm = alarmNamed(name)

    expect(alarm).toMatchObject({
      Namespace: 'Understudy',
      MetricName: metric,
      Statistic: statistic,
      Threshold: threshold,
    })
    expect(dimensionsOf(alarm)).toEqual({ service: 'understudy-trial', ...dimensions })
  })

  it('ring for a sweeper of which nothing is heard', () => {
    expect(alarmNamed('sweeper-missing')).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      EvaluationPeriods: settings.alarms.sweeperMissingMinutes,
      DatapointsToAlarm: settings.alarms.sweeperMissingMinutes,
    })
  })

  it.each(['sweeper', 'alerts'])('ring for the first dead letter of %s', (name) => {
    const alarm = alarmNamed(`${name}-dead-letters`)

    expect(alarm).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    })
    expect(dimensionsOf(alarm)).toEqual({ QueueName: `understudy-trial-${name}-dead-letters` })
  })

  it.each(functionNames)('ring for the errors of %s by their rate, and for what is turned away', (name) => {
    const errors = alarmNamed(`function-errors-${name}`)
    const parts = (errors.Metrics ?? []).flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []))

    expect(errors.Threshold).toBe(settings.alarms.errorPercent)
    expect(errors.Metrics?.[0]?.Expression).toBe('100 * part / whole')
    expect(parts.map(({ MetricName }) => MetricName)).toEqual(['Errors', 'Invocations'])
    expect(parts.map(({ Dimensions }) => permissions.rendered(Dimensions[0]?.Value))).toEqual(
      Array(2).fill(`understudy-trial-${name}`),
    )
    const throttled = alarmNamed(`function-throttled-${name}`)
    expect(throttled).toMatchObject({ MetricName: 'Throttles', Threshold: settings.alarms.throttledCalls, Period: 300 })
    expect(dimensionsOf(throttled)).toEqual({ FunctionName: `understudy-trial-${name}` })
  })

  it('ring for the errors of the API by their rate', () => {
    const { Metrics = [], Threshold } = alarmNamed('api-errors')

    expect(Threshold).toBe(settings.alarms.errorPercent)
    expect(Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? [])).toEqual(['5xx', 'Count'])
  })

  it('ring for each road into each table', () => {
    const { Dimensions: _, ...alarm } = alarmNamed('table-throttled-history-feed-writes')

    expect(alarm).toMatchObject({ Namespace: 'AWS/DynamoDB', MetricName: 'WriteThrottleEvents' })
    expect(dimensionsOf(alarmNamed('table-throttled-history-feed-writes'))).toEqual({
      TableName: 'understudy-trial-history',
      GlobalSecondaryIndexName: 'feed',
    })
    expect(dimensionsOf(alarmNamed('table-throttled-groups-reads'))).toEqual({ TableName: 'understudy-trial-groups' })
  })
})

describe('our own metrics', () => {
  const watched = JSON.stringify(stateless.toJSON())
  const measured = readFileSync(new URL('../../domain/measures.ts', import.meta.url), 'utf8')

  it('are watched under the names that the functions give them', () => {
    const names = alarms.flatMap(({ Namespace, MetricName }) => (Namespace === 'Understudy' ? [MetricName] : []))
    const graphed = [...watched.matchAll(/\[\\"Understudy\\",\\"(\w+)\\"/g)].map(([, name]) => name)
    const searched = [...watched.matchAll(/MetricName=\\+"(\w+)\\+"/g)].map(([, name]) => name)
    const ours = new Set([...names, ...graphed, ...searched].filter((name) => name !== 'ThrottledCalls'))

    expect([...ours].filter((name) => !measured.includes(`'${name}'`))).toEqual([])
    expect([...ours].sort()).toEqual([
      'Decisions',
      'DetectionLateness',
      'FailedTransitions',
      'FleetBrake',
      'Groups',
      'OutboxAge',
      'RejectedHeartbeats',
      'SweepFailures',
      'Sweeps',
      'Transitions',
    ])
  })

  it('count groups by the conditions that the functions know', () => {
    expect([...conditions].sort()).toEqual([...CONDITIONS].sort())
  })
})

it('calls that the API turns away are counted from its log, which names the environment', () => {
  stateless.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: '{ $.status = "429" }',
    MetricTransformations: [
      {
        MetricNamespace: 'Understudy',
        MetricName: 'ThrottledCalls',
        MetricValue: '1',
        Dimensions: [{ Key: 'service', Value: '$.service' }],
      },
    ],
  })
  const [stage] = Object.values(stateless.findResources('AWS::ApiGatewayV2::Stage'))
  expect(JSON.parse(stage?.Properties.AccessLogSettings.Format)).toMatchObject({
    service: 'understudy-trial',
    status: '$context.status',
  })
})

describe('the dashboard', () => {
  const [dashboard] = Object.values(stateless.findResources('AWS::CloudWatch::Dashboard'))
  const body = JSON.parse(
    dashboard?.Properties.DashboardBody['Fn::Join'][1]
      .map((part: unknown) => (typeof part === 'string' ? part : 'of-the-template'))
      .join(''),
  )
  const graphs: { title: string; metrics?: unknown[] }[] = body.widgets.map(
    ({ properties }: { properties: object }) => properties,
  )
  const graph = (title: RegExp) => JSON.stringify(graphs.find((each) => title.test(each.title ?? '')))

  it('is named after the environment', () => {
    expect(dashboard?.Properties.DashboardName).toBe('understudy-trial')
  })

  it('begins with how the users fare', () => {
    const headings = graphs.flatMap((each) => ('markdown' in each ? [String(each.markdown).split('\n')[0]] : []))

    expect(headings).toEqual([
      '## Groups',
      '## Decisions',
      '## Heartbeats',
      '## The control plane itself',
      '## Functions, API, workflows, tables',
    ])
  })

  it.each([
    [/^Groups by condition/, ['InTransition', 'UsersAway', 'FailedMode', 'BothSilent', 'HighAvailabilityOff']],
    [/^Transitions by kind/, ['{Understudy,service,kind,outcome}', 'Transitions', 'service=\\"understudy-trial']],
    [/^Decisions by rule/, ['{Understudy,service,rule}', 'Decisions', 'service=\\"understudy-trial']],
    [/^Detection lateness/, ['DetectionLateness', 'p50', 'p99']],
    [/^Heartbeats a minute/, ['Invocations', 'RejectedHeartbeats']],
    [/^Oldest effect/, ['OutboxAge']],
    [/^Sweeps/, ['Sweeps', 'SweepFailures']],
    [/^API: refusals/, ['4xx', '5xx', 'ThrottledCalls']],
    [/^Functions: calls that break down/, functionNames],
    [/^Functions: turned away/, ['Throttles', ...functionNames]],
    [/^Workflows/, ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionThrottled']],
    [/^Tables: turned away/, ['ReadThrottleEvents', 'WriteThrottleEvents', 'understudy-trial-groups']],
  ])('shows %s', (title, shown) => {
    const text = graph(title)

    for (const each of shown) expect(text).toContain(each)
  })

  it('shows every alarm', () => {
    const shown = graphs.flatMap((each) => ('alarms' in each ? (each.alarms as unknown[]) : []))

    expect(shown.length).toBe(alarms.length)
  })
})
