import { type Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Environment } from '../environments/environment.ts'
import { type AlarmPlan, createAlarm } from './alarm.ts'
import { ownMetric } from './metrics.ts'

/**
 * Alarms about groups. They are for the dashboard, and act on nothing: the function alerts has told on-call about the
 * very incident, in words and with the group's name, which no metric has.
 */
export class GroupAlarms extends Construct {
  readonly alarms: Alarm[]

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id)
    this.alarms = plans(environment).map((plan) => createAlarm(this, environment, plan))
  }
}

const plans = (environment: Environment): AlarmPlan[] => [
  {
    section: 'failed-transition',
    what: 'A failover, fallback or recovery of a group failed, or was given up.',
    effect: 'The group is not normal: one node serves everybody, or both run in failed mode and nobody stands by.',
    first: 'npx understudy status, then the next command of the message that on-call was sent.',
    metric: ownMetric(environment, 'FailedTransitions', 'Sum'),
    threshold: 1,
    periods: [1, 5],
    missing: TreatMissingData.NOT_BREACHING,
  },
  {
    section: 'failed-mode',
    what: 'At least one group is Running in Failed Mode.',
    effect: 'Its users are served only where their own node still runs, and no failover will happen.',
    first: 'npx understudy status <group>, start what is down, then npx understudy recover <group>.',
    metric: ownMetric(environment, 'Groups', 'Maximum', { condition: 'FailedMode' }),
    threshold: 1,
    periods: [1, 1],
    // Without the sweeper nobody counts, and that is another alarm: what was known last still holds.
    missing: TreatMissingData.IGNORE,
  },
  {
    section: 'both-nodes-silent',
    what: 'Neither node of at least one group is heard.',
    effect: 'Doors close when their leases lapse: after that the users of the group are served by nobody.',
    first: 'npx understudy status. One group: its site or network. Many groups: the control plane or the road to it.',
    metric: ownMetric(environment, 'Groups', 'Maximum', { condition: 'BothSilent' }),
    threshold: 1,
    periods: [1, 1],
    missing: TreatMissingData.IGNORE,
  },
  {
    section: 'fleet-brake',
    what: 'The fleet brake holds: too many groups at once would fail over because a node is silent, or somebody holds it.',
    effect: 'The users of silent nodes are served by nobody until somebody releases the brake, or the nodes are back.',
    first: 'npx understudy brake shows who is held back. Nodes that are dead: npx understudy brake release.',
    metric: ownMetric(environment, 'FleetBrake', 'Maximum'),
    threshold: 1,
    periods: [1, 1],
    missing: TreatMissingData.IGNORE,
  },
]
