import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type Environment, serviceName } from '../environments/environment.ts'

export const minute = Duration.minutes(1)
export const fiveMinutes = Duration.minutes(5)

/** Of the metrics that the functions write, each of them with the dimension `service`. */
export const metricNamespace = 'Understudy'

/** What a group can be counted as; the sweeper counts every group once a minute. */
export const conditions = [
  'Normal',
  'InTransition',
  'UsersAway',
  'FailedMode',
  'BothSilent',
  'Unknown',
  'HighAvailabilityOff',
] as const
export type Condition = (typeof conditions)[number]

type OwnMetric =
  | 'RejectedHeartbeats'
  | 'Decisions'
  | 'Transitions'
  | 'FailedTransitions'
  | 'DetectionLateness'
  | 'Sweeps'
  | 'SweepFailures'
  | 'OutboxAge'
  | 'Groups'
  | 'FleetBrake'
  | 'ThrottledCalls'

/** One of our own metrics, minute by minute. */
export function ownMetric(
  environment: Environment,
  metricName: OwnMetric,
  statistic: 'Sum' | 'Maximum' | 'p50' | 'p99',
  { label, ...dimensions }: { label?: string; condition?: Condition } = {},
): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName,
    statistic,
    period: minute,
    dimensionsMap: { service: serviceName(environment), ...dimensions },
    ...(label !== undefined && { label }),
  })
}

/** All values of one of our own metrics, apart by further dimensions whose values nobody knows beforehand. */
export function ownMetricsBy(environment: Environment, metricName: OwnMetric, dimensions: string[]): MathExpression {
  const schema = [metricNamespace, 'service', ...dimensions].join(',')
  const query = `{${schema}} MetricName="${metricName}" service="${serviceName(environment)}"`
  return new MathExpression({
    expression: `SEARCH('${query}', 'Sum', 300)`,
    usingMetrics: {},
    label: '',
    period: fiveMinutes,
  })
}

/** `part` of `whole` in percent. Both come with every call: without calls there is no value. */
export function percentage(part: Metric, whole: Metric, label: string): MathExpression {
  return new MathExpression({
    expression: '100 * part / whole',
    usingMetrics: { part, whole },
    period: minute,
    label,
  })
}
