import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn'
import type { Cluster } from '../../domain/cluster.ts'
import { conditionOf } from '../../domain/condition.ts'
import { decide, noteSilence } from '../../domain/decide.ts'
import { isPresent } from '../../domain/facts.ts'
import { noteDrift } from '../../domain/incidents.ts'
import { outboxAgeMs, type Sweep } from '../../domain/measures.ts'
import type { Group, Machine } from '../../domain/model.ts'
import { rotatePeerKeys } from '../../domain/peer-keys.ts'
import { startWaiting } from '../../domain/schedules.ts'
import { restartWorkflow, workflowName } from '../../domain/transitions.ts'
import type { ArnOfMachine } from '../adapters/dispatch.ts'
import { freshPeerKey } from '../adapters/peer-key.ts'
import { changeGroup } from './change-group.ts'
import type { ConfigurePorts } from './configure.ts'
import { finishPending } from './configure.ts'
import { dueSoon, runDue } from './schedules.ts'

export interface SweepPorts extends ConfigurePorts {
  workflows: SFNClient
  arnOf: ArnOfMachine
  /** Looks at the users of a cluster that a crash left half added or half removed. Left out where there are none. */
  settleUsers?: (cluster: string) => Promise<void>
  /** Tells the fleet brake how many groups have high availability; answers whether it holds. Left out where there is none. */
  countForBrake?: (groups: number) => Promise<boolean>
}

/** Effects that stand in an outbox longer were left by somebody who crashed. */
const LEFT_OVER_MS = 2000

/**
 * The sweeper: re-drives what a crash left, finishes moves, and says when both nodes of a group are silent. It never
 * judges silence (protocol.md, rule 10). It tells on-call of drift [B2], too. One group's failure does not keep the others from being swept.
 */
export async function sweep(ports: SweepPorts): Promise<{ groups: number; failed: number }> {
  const seen: Sweep = { conditions: [], outboxAgeMs: 0, failed: 0, brakeHolds: null, completed: false }
  try {
    await sweepAll(ports, seen)
    seen.completed = true
  } finally {
    await ports.observe?.({ kind: 'sweep', sweep: seen })
  }
  return { groups: seen.conditions.length, failed: seen.failed }
}

async function sweepAll(ports: SweepPorts, seen: Sweep): Promise<void> {
  const attempt = async <Result>(of: Record<string, string>, work: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await work()
    } catch (error) {
      seen.failed += 1
      await ports.observe?.({ kind: 'failure', what: 'the sweeper could not finish', of, error })
      return null
    }
  }
  const versions = new Map<string, ReadonlyMap<string, string>>()
  for await (const cluster of ports.clusters.all()) {
    versions.set(cluster.cluster, configuredVersions(cluster))
    const of = { cluster: cluster.cluster }
    await attempt(of, async () => ports.settleUsers?.(cluster.cluster))
    if (cluster.pending.length === 0) continue
    await attempt(of, () => finishPending(ports, cluster))
  }
  for await (const group of ports.groups.all()) {
    const { cluster, name } = group
    const configured = versions.get(cluster) ?? new Map()
    seen.outboxAgeMs = Math.max(seen.outboxAgeMs, outboxAgeMs(group, ports.clock.read().nowMs))
    const swept = await attempt({ cluster, group: name }, () => sweepGroup(ports, group, configured))
    seen.conditions.push(conditionOf(swept ?? group))
  }
  const paired = seen.conditions.filter((condition) => condition !== 'HighAvailabilityOff')
  seen.brakeHolds = (await attempt({ brake: 'fleet' }, async () => ports.countForBrake?.(paired.length))) ?? null
}

const configuredVersions = ({ nodes }: Cluster): ReadonlyMap<string, string> =>
  new Map(Object.entries(nodes).map(([name, { softwareVersion }]) => [name, softwareVersion]))

async function sweepGroup(ports: SweepPorts, group: Group, versions: ReadonlyMap<string, string>): Promise<Group> {
  const key = { cluster: group.cluster, group: group.name }
  const { nowMs } = ports.clock.read()
  const leftOver = group.outbox.filter(({ atMs }) => nowMs - atMs >= LEFT_OVER_MS)
  if (leftOver.length > 0) {
    const dispatch = await ports.dispatch()
    await dispatch(group, leftOver)
  }
  const gone = await workflowIsGone(ports, group, nowMs)
  const unattended = await unattendedSchedules(ports, group, nowMs)
  const changed = await changeGroup(ports, key, (draft) => {
    decide(draft, { kind: 'look' })
    runDue(draft)
    for (const each of draft.group.schedules) if (unattended.includes(each.id)) startWaiting(draft, each)
    const both = draft.group.nodes.length === 2 && draft.group.highAvailability
    const heard = draft.group.nodes.some((node) => isPresent(draft.group, node, draft.nowMs))
    noteSilence(draft, both && !heard && draft.group.nodes.some((node) => node.lastAtMs > 0))
    noteDrift(draft, versions)
    rotatePeerKeys(draft, freshPeerKey)
    const { transition } = draft.group
    const same =
      transition?.id === group.transition?.id && transition?.workflowAttempt === group.transition?.workflowAttempt
    if (transition && same && gone !== 'no') restartWorkflow(draft, transition, gone === 'ended')
  })
  return changed.group
}

/**
 * Whether nobody runs the group's transition: `missing` if its execution was never started or is forgotten, `ended` if
 * it is over although the transition is not (its name is used up).
 */
async function workflowIsGone(ports: SweepPorts, group: Group, nowMs: number): Promise<'no' | 'missing' | 'ended'> {
  const { transition } = group
  if (!transition || group.outbox.some(({ kind }) => kind === 'workflow')) return 'no'
  if (nowMs - transition.startedAtMs < LEFT_OVER_MS) return 'no'
  return stateOfExecution(ports, transition.kind, workflowName(transition))
}

/**
 * Those due soon for which no execution waits: it was lost, or never started. One whose name is used up is run by the
 * sweeper itself.
 */
async function unattendedSchedules(ports: SweepPorts, group: Group, nowMs: number): Promise<string[]> {
  if (group.outbox.some(({ kind }) => kind === 'workflow')) return []
  const states = dueSoon(group, nowMs).map(async ({ id }) => [id, await stateOfExecution(ports, 'schedule', id)])
  return (await Promise.all(states)).flatMap(([id = '', state]) => (state === 'missing' ? [id] : []))
}

/** `no`: it is not gone, it runs. */
async function stateOfExecution(
  ports: SweepPorts,
  machine: Machine,
  name: string,
): Promise<'no' | 'missing' | 'ended'> {
  const executionArn = `${ports.arnOf(machine).replace(':stateMachine:', ':execution:')}:${name}`
  try {
    const { status } = await ports.workflows.send(new DescribeExecutionCommand({ executionArn }))
    return status === 'RUNNING' ? 'no' : 'ended'
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return 'missing'
    throw error
  }
}
