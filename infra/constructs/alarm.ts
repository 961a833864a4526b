import { Alarm, ComparisonOperator, type IMetric, type TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'

/** What somebody reads who was woken by it: three sentences, and where to read on. */
export interface AlarmPlan {
  /** The section of docs/operating.md; the alarm's name, too, with `of` behind it where there are several. */
  readonly section: string
  readonly of?: string
  readonly what: string
  readonly effect: string
  readonly first: string
  readonly metric: IMetric
  readonly threshold: number
  readonly below?: boolean
  /** How many periods must be wrong, of how many. */
  readonly periods: readonly [wrong: number, of: number]
  readonly missing: TreatMissingData
}

/** An alarm; where a topic is given it is told when something becomes wrong, and when it is right again. */
export function createAlarm(scope: Construct, environment: Environment, plan: AlarmPlan, topic?: ITopic): Alarm {
  const name = plan.of === undefined ? plan.section : `${plan.section}-${plan.of}`
  const [datapointsToAlarm, evaluationPeriods] = plan.periods
  const alarm = new Alarm(scope, name, {
    alarmName: physicalName(environment, name),
    alarmDescription: describe(plan),
    metric: plan.metric,
    threshold: plan.threshold,
    comparisonOperator: plan.below
      ? ComparisonOperator.LESS_THAN_THRESHOLD
      : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    datapointsToAlarm,
    evaluationPeriods,
    treatMissingData: plan.missing,
  })
  if (topic) {
    alarm.addAlarmAction(new SnsAction(topic))
    alarm.addOkAction(new SnsAction(topic))
  }
  return alarm
}

const describe = ({ what, effect, first, section }: AlarmPlan): string =>
  `${what}\nEffect: ${effect}\nFirst: ${first}\nRead on: docs/operating.md#${section}`
