import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn'
import { restartWorkflow, workflowName } from '../../domain/apply.ts'
import { decide, noteSilence } from '../../domain/decide.ts'
import { isPresent } from '../../domain/facts.ts'
import type { Group, TransitionKind } from '../../domain/model.ts'
import { changeGroup } from './change-group.ts'
import type { ConfigurePorts } from './configure.ts'
import { finishPending } from './configure.ts'

export interface SweepPorts extends ConfigurePorts {
  workflows: SFNClient
  stateMachineArns: Record<TransitionKind, string>
}

/** Effects that stand in an outbox longer were left by somebody who crashed. */
const LEFT_OVER_MS = 2000

/**
 * The sweeper: re-drives what a crash left, finishes moves, and says when both nodes of a group are silent. It never
 * judges silence (protocol.md, rule 10). One group's failure does not keep the others from being swept.
 */
export async function sweep(ports: SweepPorts): Promise<{ groups: number; failed: number }> {
  let groups = 0
  let failed = 0
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      failed += 1
      console.error('the sweeper could not finish', what, error)
    }
  }
  for await (const cluster of ports.clusters.all()) {
    if (cluster.pending.length === 0) continue
    await attempt(cluster.cluster, async () => void (await finishPending(ports, cluster)))
  }
  for await (const group of ports.groups.all()) {
    groups += 1
    await attempt(`${group.cluster}/${group.name}`, () => sweepGroup(ports, group))
  }
  return { groups, failed }
}

async function sweepGroup(ports: SweepPorts, group: Group): Promise<void> {
  const key = { cluster: group.cluster, group: group.name }
  const { nowMs } = ports.clock.read()
  const leftOver = group.outbox.filter(({ atMs }) => nowMs - atMs >= LEFT_OVER_MS)
  if (leftOver.length > 0) {
    const dispatch = await ports.dispatch()
    await dispatch(group, leftOver)
  }
  const gone = await workflowIsGone(ports, group, nowMs)
  await changeGroup(ports, key, (draft) => {
    decide(draft, { kind: 'look' })
    const both = draft.group.nodes.length === 2 && draft.group.highAvailability
    const heard = draft.group.nodes.some((node) => isPresent(draft.group, node, draft.nowMs))
    noteSilence(draft, both && !heard && draft.group.nodes.some((node) => node.lastAtMs > 0))
    const { transition } = draft.group
    const same =
      transition?.id === group.transition?.id && transition?.workflowAttempt === group.transition?.workflowAttempt
    if (transition && same && gone !== 'no') restartWorkflow(draft, transition, gone === 'ended')
  })
}

/**
 * Whether nobody runs the group's transition: `missing` if its execution was never started or is forgotten, `ended` if
 * it is over although the transition is not (its name is used up).
 */
async function workflowIsGone(ports: SweepPorts, group: Group, nowMs: number): Promise<'no' | 'missing' | 'ended'> {
  const { transition } = group
  if (!transition || group.outbox.some(({ kind }) => kind === 'workflow')) return 'no'
  if (nowMs - transition.startedAtMs < LEFT_OVER_MS) return 'no'
  const machine = ports.stateMachineArns[transition.kind]
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${workflowName(transition)}`
  try {
    const { status } = await ports.workflows.send(new DescribeExecutionCommand({ executionArn }))
    return status === 'RUNNING' ? 'no' : 'ended'
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return 'missing'
    throw error
  }
}
