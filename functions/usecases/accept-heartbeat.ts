import type { Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { decide, firstMatch } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { Occurrence } from '../../domain/facts.ts'
import { factsOf } from '../../domain/facts.ts'
import { absorb, answerTo, isNewer } from '../../domain/heartbeat.ts'
import type { Group, NodeIndex } from '../../domain/model.ts'
import { mayJudge } from '../adapters/clock.ts'
import { ProblemError } from '../problem.ts'
import type { ChangePorts } from './change-group.ts'

export interface HeartbeatCall {
  cluster: string
  node: string
  /** The caller's ARN. */
  caller: string
  /** Hashes under which the caller may be registered as the node's principal. */
  principals: readonly string[]
  heartbeat: Heartbeat
  /** Does what may log, in the course of the call. Left out where nobody reads the log. */
  inCall?: <Result>(work: () => Result) => Result
}

/** What an unusual heartbeat needs, loaded when it is needed. */
export interface HeartbeatPorts extends ChangePorts {
  /** Finds the group of a node that does not know it, or reports for the wrong one; null: it is in none. */
  groupOf: (call: HeartbeatCall) => Promise<string | null>
  /** Keeps what a node says that is in no group. */
  recordAlone: (call: HeartbeatCall, nowMs: number) => Promise<void>
  /** Leaves a trace of a caller that is not the principal of a node in this group. Left out where nobody asks for it. */
  traceRefusal?: (call: HeartbeatCall, refused: IdentityRefused & { group: string }, nowMs: number) => Promise<void>
  changeGroup: () => Promise<typeof import('./change-group.ts')>
}

const indexOf = (group: Group, node: string): NodeIndex | null => {
  const index = group.nodes.findIndex(({ name }) => name === node)
  return index === 0 || index === 1 ? index : null
}

/**
 * Accepts a heartbeat and answers it. The steady one costs one conditional write; everything else (a new incarnation,
 * a change, a result, a gap, something moving) is read, absorbed and decided upon in one write of its own.
 */
export async function acceptHeartbeat(ports: HeartbeatPorts, call: HeartbeatCall): Promise<HeartbeatAnswer> {
  const { heartbeat, inCall = (work) => work() } = call
  const { commandResults, operatorOrders, leaving } = heartbeat
  const sayNothingNew = heartbeat.group !== undefined && !commandResults && !operatorOrders && !leaving
  if (sayNothingNew && heartbeat.answeredMsAgo !== undefined) {
    const reading = ports.clock.read()
    const key = { cluster: call.cluster, group: heartbeat.group as string }
    const group = await ports.groups.acceptSteady(key, call.node, heartbeat, call.principals, reading.nowMs)
    if (group) {
      const index = indexOf(group, call.node) as NodeIndex
      const wanted = mayJudge(ports.clock, reading) && wouldDecide(group, index, reading.nowMs)
      return wanted ? inCall(() => judge(ports, group, index)) : answerTo(group, index, reading.nowMs)
    }
  }
  return inCall(() => acceptOrRefuse(ports, call))
}

const acceptOrRefuse = (ports: HeartbeatPorts, call: HeartbeatCall): Promise<HeartbeatAnswer> =>
  acceptUnusual(ports, call).catch(async (error) => {
    if (isTraceable(error)) await ports.traceRefusal?.(call, error, ports.clock.read().nowMs)
    throw error
  })

const arrival = (node: NodeIndex): Occurrence => ({ kind: 'heartbeat', node, restarted: false })

/** Does the accepted image ask for a decision? It mostly does not, and then nothing more is loaded or copied. */
function wouldDecide(group: Group, index: NodeIndex, nowMs: number): boolean {
  if (!group.highAvailability || group.nodes.length !== 2) return false
  return firstMatch(group, factsOf(group, nowMs, arrival(index))) !== null
}

/** Decides upon the image that the steady write returned; after a collision, upon the newest one. */
async function judge(ports: HeartbeatPorts, image: Group, index: NodeIndex): Promise<HeartbeatAnswer> {
  const { changeGroup } = await ports.changeGroup()
  const change = (draft: Draft) => decide(draft, arrival(index))
  const answering = () => index
  const key = { cluster: image.cluster, group: image.name }
  const { group, nowMs } = await changeGroup(ports, key, change, answering, image)
  return answerTo(group, index, nowMs)
}

async function acceptUnusual(ports: HeartbeatPorts, call: HeartbeatCall): Promise<HeartbeatAnswer> {
  const { heartbeat } = call
  const known = heartbeat.group === undefined ? null : await ports.groups.read(keyOf(call, heartbeat.group))
  const isMember = known !== null && indexOf(known, call.node) !== null
  const name = isMember ? (heartbeat.group as string) : await ports.groupOf(call)
  if (name === null) {
    await ports.recordAlone(call, ports.clock.read().nowMs)
    return answerAlone(call)
  }
  const { changeGroup } = await ports.changeGroup()
  const changed = await changeGroup(
    ports,
    keyOf(call, name),
    (draft) => {
      const index = indexOf(draft.group, call.node)
      const node = index === null ? undefined : draft.group.nodes[index]
      if (index === null || !node) throw new ProblemError(404, 'NodeNotFound', `Node "${call.node}" is in no group.`)
      checkPrincipal(call, node.principal, name)
      if (!isNewer(node, heartbeat)) {
        // Rule 3: no grant. An error is no answer, so that a repeated request closes no door either.
        throw new ProblemError(
          409,
          'HeartbeatRepeated',
          `Heartbeat ${heartbeat.incarnation}.${heartbeat.sequence} is not newer than ` +
            `${node.incarnation}.${node.sequence}; nothing was changed.`,
        )
      }
      const { restarted } = absorb(draft, index, heartbeat)
      decide(draft, { kind: 'heartbeat', node: index, restarted })
      return index
    },
    (group) => indexOf(group, call.node),
    isMember ? known : null,
  )
  return answerTo(changed.group, changed.result, changed.nowMs)
}

const keyOf = (call: HeartbeatCall, group: string) => ({ cluster: call.cluster, group })

/** A valid identity that is not the node's. The group is not told to the caller. */
export class IdentityRefused extends ProblemError {
  readonly group: string | null

  constructor(node: string, group: string | null) {
    super(403, 'NotThisNode', `This identity is not the principal of node "${node}".`)
    this.group = group
  }
}

/** Where the node is in no group, there is no history to leave a trace in. */
const isTraceable = (error: unknown): error is IdentityRefused & { group: string } =>
  error instanceof IdentityRefused && error.group !== null

/** A valid identity that is not the node's is refused. */
export function checkPrincipal(call: HeartbeatCall, registered: string, group: string | null): void {
  if (!call.principals.includes(registered)) throw new IdentityRefused(call.node, group)
}

/** How long an agent waits that is in no group yet. */
const ALONE_MS = 15_000

/** A node that is in no group is told to wait: it serves nobody. */
const answerAlone = ({ heartbeat }: HeartbeatCall): HeartbeatAnswer => ({
  incarnation: heartbeat.incarnation,
  sequence: heartbeat.sequence,
  state: 'Unknown',
  reason: 'Unknown',
  epoch: 0,
  leaseMs: 0,
  serve: [],
  nextHeartbeatInMs: ALONE_MS,
  commands: [],
  settings: {
    keepAliveIntervalMs: ALONE_MS,
    keepAliveTimeoutMs: 4 * ALONE_MS,
    servicePort: 0,
    adminRpcPort: 0,
    criticalServices: [],
  },
})
