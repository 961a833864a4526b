import type { Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { decide, wanted } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import { absorb, answerTo, isNewer } from '../../domain/heartbeat.ts'
import type { Group, NodeIndex } from '../../domain/model.ts'
import type { Reading } from '../adapters/clock.ts'
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
  /**
   * This group would fail a silent node over: does the fleet brake hold it back? Null: nobody could say, so that it asks
   * again with its next heartbeat. Left out where there is no fleet.
   */
  brakeHolds?: (group: Group) => Promise<boolean | null>
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
  const { commandResults, operatorOrders, sessions, leaving } = heartbeat
  const sayNothingNew = heartbeat.group !== undefined && !commandResults && !operatorOrders && !sessions && !leaving
  if (sayNothingNew && heartbeat.answeredMsAgo !== undefined) {
    const reading = ports.clock.read()
    const key = { cluster: call.cluster, group: heartbeat.group as string }
    const group = await ports.groups.acceptSteady(key, call.node, heartbeat, call.principals, reading.nowMs)
    if (group) {
      const index = indexOf(group, call.node) as NodeIndex
      const asked = mayJudge(ports.clock, reading) ? wanted(group, index, reading.nowMs) : 'nothing'
      if (asked === 'nothing') return answerTo(group, index, reading.nowMs)
      return inCall(() => judge(ports, group, index, asked === 'silence'))
    }
  }
  return inCall(() => acceptOrRefuse(ports, call))
}

const acceptOrRefuse = (ports: HeartbeatPorts, call: HeartbeatCall): Promise<HeartbeatAnswer> =>
  acceptUnusual(ports, call).catch(async (error) => {
    if (isTraceable(error)) await ports.traceRefusal?.(call, error, ports.clock.read().nowMs)
    throw error
  })

/**
 * Decides upon the image that the write returned; after a collision, upon the newest one. Whoever would fail a silent
 * node over asks the fleet brake first.
 */
async function judge(
  ports: HeartbeatPorts,
  image: Group,
  index: NodeIndex,
  silence: boolean,
): Promise<HeartbeatAnswer> {
  const { changeGroup } = await ports.changeGroup()
  const brake: Brake = silence ? await askBrake(ports, image) : { brake: 'unasked' }
  const change = (draft: Draft) => decide(draft, { kind: 'heartbeat', node: index, restarted: false, ...brake })
  const answering = () => index
  const key = { cluster: image.cluster, group: image.name }
  const { group, nowMs } = await changeGroup(ports, key, change, answering, image)
  return answerTo(group, index, nowMs)
}

type Brake = { brake?: 'holds' | 'unasked' }

async function askBrake(ports: HeartbeatPorts, group: Group): Promise<Brake> {
  const holds = await ports.brakeHolds?.(group)
  if (holds === null) return { brake: 'unasked' }
  return holds ? { brake: 'holds' } : {}
}

async function acceptUnusual(ports: HeartbeatPorts, call: HeartbeatCall): Promise<HeartbeatAnswer> {
  const { heartbeat } = call
  const reading = ports.clock.read()
  const known = heartbeat.group === undefined ? null : await ports.groups.read(keyOf(call, heartbeat.group))
  const isMember = known !== null && indexOf(known, call.node) !== null
  const name = isMember ? (heartbeat.group as string) : await ports.groupOf(call)
  if (name === null) {
    await ports.recordAlone(call, ports.clock.read().nowMs)
    return answerAlone(call)
  }
  const into = { name, image: isMember ? known : null, reading }
  try {
    return await acceptInto(ports, call, { ...into, brake: { brake: 'unasked' }, asks: true })
  } catch (error) {
    if (!(error instanceof BrakeUnasked)) throw error
    return await acceptInto(ports, call, { ...into, brake: await askBrake(ports, error.group), asks: false })
  }
}

/** A silent node would be failed over, and the fleet brake was not asked yet: nothing was changed. */
class BrakeUnasked extends Error {
  readonly group: Group

  constructor(group: Group) {
    super('the fleet brake was not asked')
    this.group = group
  }
}

interface Acceptance {
  name: string
  image: Group | null
  reading: Reading
  brake: Brake
  /** Whether to ask the fleet brake where it has a say: it is asked once. */
  asks: boolean
}

async function acceptInto(
  ports: HeartbeatPorts,
  call: HeartbeatCall,
  { name, image, reading, brake, asks }: Acceptance,
): Promise<HeartbeatAnswer> {
  const { heartbeat } = call
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
      const judges = asks && mayJudge(ports.clock, reading)
      if (judges && wanted(draft.group, index, draft.nowMs) === 'silence') throw new BrakeUnasked(draft.group)
      decide(draft, { kind: 'heartbeat', node: index, restarted, ...brake })
      return index
    },
    (group) => indexOf(group, call.node),
    image,
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
