import type { NodeIndex } from '../../../domain/model.ts'
import { leaseMs, peerTimesOf } from '../../../domain/settings.ts'

export const BOTH = [0, 1] as const
export const peerIndex = (index: NodeIndex): NodeIndex => (index === 0 ? 1 : 0)

/** Time goes in ticks: T is three, the lease two; the margin is one, which is all that clocks may go wrong. */
export const TICK_MS = 1000
export const SETTINGS = { keepAliveTimeoutMs: 3 * TICK_MS, fenceMarginMs: TICK_MS, keepAliveIntervalMs: 0.6 * TICK_MS }
/** A timeout that is then made shorter, to the one above (rule 5). */
export const LONG_SETTINGS = {
  keepAliveTimeoutMs: 5 * TICK_MS,
  fenceMarginMs: TICK_MS,
  keepAliveIntervalMs: 0.6 * TICK_MS,
}
/** F and P of a timeout of nine ticks: three, and more than three. */
export const PEER_TIMES = peerTimesOf(9 * TICK_MS)

/** What is looked at in one exploration: all of it at once would be too much. */
export interface Scope {
  name: string
  /** How many steps from the beginning everything is looked at. */
  depth: number
  /** A heartbeat that has arrived may arrive once more. */
  repeated: boolean
  /** How many heartbeats of a node are under way at most; one that is sent beyond them takes the place of the oldest. */
  requests: number
  /** The same of answers. */
  answers: number
  /** Agents are killed and started anew, and hosts boot. */
  restarts: boolean
  /** Pings, pongs and promises (rules 16–19), one of each for each direction. */
  failsafe: boolean
  /** A node's clock may be a tick behind, and catch up. */
  drift: boolean
  /** The first node has lost its road to the control plane: its heartbeats do not arrive. */
  away: boolean
  /** Between reading its gate and sending what it read an agent may hear an answer (rule 15). */
  reads: boolean
  /** A gate may leave a door open that its agent wants closed; it still closes at its deadline. */
  disobeys: boolean
  /** The group is made anew: a new membership epoch (rule 11). */
  membership: boolean
  /** Nodes say good-bye, with the door open or closed, and may be heard again (rule 8). */
  goodByes: boolean
  /** The timeout is made shorter (rule 5). */
  shorter: boolean
}

/** One set of users, whose home is node 0; all times in ms from now on, on the clock of whoever keeps them. */
export interface Doors {
  epoch: number
  /** Both nodes are Initializing: nothing is granted before both have acknowledged the epoch. */
  initializing: readonly [boolean, boolean]
  /** Since when the group is as it was made, at most the initialization timeout ago. */
  madeAtMs: number
  isShort: boolean
  earlierUntilMs: number | null
  owner: NodeIndex
  moving: { to: NodeIndex; untilMs: number; released: boolean } | null
  records: [Known, Known]
  nodes: [Agent, Agent]
  requests: [Request[], Request[]]
  answers: [Answer[], Answer[]]
  pings: [Sent | null, Sent | null]
  pongs: [Pong | null, Pong | null]
}

/** What the control plane knows of a node. */
interface Known {
  incarnation: number
  sequence: number
  lastAtMs: number
  epoch: number
  /** What its good-bye said of the door; null: it has said none since. */
  goodBye: 'open' | 'closed' | null
}

/** An agent and the gate that it holds. */
export interface Agent {
  incarnation: number
  sequence: number
  epoch: number
  outstanding: { sequence: number; sentAtMs: number } | null
  heardSentAtMs: number | null
  /** Until when the agent wants the door open; null: closed. */
  doorMs: number | null
  /** Until when the gate keeps it open; no later than now: it is closed. */
  gateMs: number
  /** What the last answer granted, also to an earlier incarnation. */
  served: boolean
  noOpenMs: number
  assumedMs: number
  isExcepted: boolean
  /** What it has read of its gate for the heartbeat that it is about to send; null: it is not about to. */
  readOpen: boolean | null
  /** Its clock is so many ticks behind. */
  lag: 0 | 1
}

interface Request {
  incarnation: number
  sequence: number
  epoch: number
  open: boolean
  leaving: boolean
}

interface Answer {
  incarnation: number
  sequence: number
  epoch: number
  serve: boolean
  leaseMs: number
}

interface Sent {
  epoch: number
  sentAtMs: number
}

interface Pong {
  promised: boolean
  sentAtMs: number
}

export const isOpen = ({ gateMs }: Agent): boolean => gateMs > 0

/** Who has the users, with the door open or with every lease lapsed. */
export function beginning(scope: Scope, owner: NodeIndex, isServed: boolean): Doors {
  const { shorter } = scope
  const settings = shorter ? LONG_SETTINGS : SETTINGS
  const record = (): Known => ({ incarnation: 1, sequence: 1, lastAtMs: 0, epoch: 1, goodBye: null })
  const agent = (open: boolean): Agent => ({
    incarnation: 1,
    sequence: 1,
    epoch: 1,
    outstanding: null,
    heardSentAtMs: 0,
    doorMs: open ? leaseMs(settings) : null,
    gateMs: open ? leaseMs(settings) : 0,
    served: open,
    noOpenMs: 0,
    assumedMs: 0,
    isExcepted: false,
    readOpen: null,
    lag: 0,
  })
  return normalised(
    {
      epoch: 1,
      initializing: [false, false],
      madeAtMs: -SETTINGS.keepAliveTimeoutMs,
      isShort: !shorter,
      earlierUntilMs: null,
      owner,
      moving: null,
      records: [record(), record()],
      nodes: [agent(owner === 0 && isServed), agent(owner === 1 && isServed)],
      requests: [[], []],
      answers: [[], []],
      pings: [null, null],
      pongs: [null, null],
    },
    scope,
  )
}

/** Times that make no difference any more are made the same, and numbers are given anew in their order. */
export function normalised(doors: Doors, { failsafe, shorter }: Scope): Doors {
  const oldestMs = -(shorter ? LONG_SETTINGS : SETTINGS).keepAliveTimeoutMs
  if (doors.moving) doors.moving.untilMs = Math.max(0, doors.moving.untilMs)
  doors.madeAtMs = Math.max(-SETTINGS.keepAliveTimeoutMs, doors.madeAtMs)
  if (doors.earlierUntilMs !== null && doors.earlierUntilMs <= 0) doors.earlierUntilMs = null
  for (const index of BOTH) {
    const agent = doors.nodes[index]
    const record = doors.records[index]
    record.lastAtMs = Math.max(oldestMs, record.lastAtMs)
    if (agent.outstanding) agent.outstanding.sentAtMs = Math.max(oldestMs, agent.outstanding.sentAtMs)
    if (agent.heardSentAtMs !== null) agent.heardSentAtMs = Math.max(-TICK_MS, agent.heardSentAtMs)
    if (agent.doorMs !== null) agent.doorMs = Math.max(0, agent.doorMs)
    agent.gateMs = Math.max(0, agent.gateMs)
    if (!failsafe) Object.assign(agent, { heardSentAtMs: 0, served: false, assumedMs: 0 })
    agent.noOpenMs = Math.max(0, agent.noOpenMs)
    agent.assumedMs = Math.max(0, agent.assumedMs)
    if (agent.assumedMs === 0) agent.isExcepted = false
    for (const messages of [doors.pings, doors.pongs]) {
      const message = messages[index]
      if (message) message.sentAtMs = Math.max(oldestMs, message.sentAtMs)
    }
    renumber(doors, index)
  }
  return doors
}

/** Only the order of incarnations and sequences counts, not how great they are. */
function renumber(doors: Doors, index: NodeIndex): void {
  const agent = doors.nodes[index]
  const numbered: { incarnation: number; sequence: number }[] = [
    doors.records[index],
    agent,
    ...doors.requests[index],
    ...doors.answers[index],
  ]
  const { outstanding } = agent
  const incarnations = ranks(numbered.map(({ incarnation }) => incarnation))
  for (const each of incarnations.keys()) {
    const own = numbered.filter(({ incarnation }) => incarnation === each)
    const isOurs = outstanding !== null && each === agent.incarnation
    const sequences = ranks([...own.map(({ sequence }) => sequence), ...(isOurs ? [outstanding.sequence] : [])])
    for (const message of own) message.sequence = sequences.get(message.sequence) as number
    if (isOurs) outstanding.sequence = sequences.get(outstanding.sequence) as number
  }
  for (const message of numbered) message.incarnation = incarnations.get(message.incarnation) as number
}

const ranks = (numbers: number[]): Map<number, number> =>
  new Map([...new Set(numbers)].sort((one, other) => one - other).map((number, rank) => [number, rank + 1]))

/** One line: who serves, whom the control plane has serve, and what is under way. */
export function describeDoors({ owner, moving, nodes, requests, answers, pings, pongs, initializing }: Doors): string {
  const names = ['alpha', 'beta']
  const ticks = (ms: number) => `${ms / TICK_MS}`
  const open = BOTH.filter((index) => isOpen(nodes[index])).map(
    (index) => `${names[index]} serves for ${ticks(nodes[index].gateMs)}`,
  )
  const move =
    moving && `moves to ${names[moving.to]}${moving.released ? ', released' : `, bound in ${ticks(moving.untilMs)}`}`
  const under = BOTH.flatMap((index) => [
    ...requests[index].map(
      (it) =>
        `${names[index]}’s heartbeat ${it.incarnation}.${it.sequence} (${it.leaving ? 'good-bye, ' : ''}${it.open ? 'open' : 'closed'})`,
    ),
    ...answers[index].map(
      (it) => `answer ${it.incarnation}.${it.sequence} to ${names[index]} (${it.serve ? 'granted' : 'not granted'})`,
    ),
    ...(pings[index] ? [`${names[index]}’s ping`] : []),
    ...(pongs[index] ? [`pong to ${names[index]}${pongs[index].promised ? '' : ' without promise'}`] : []),
  ])
  return [
    open.length > 0 ? open.join(' and ') : 'nobody serves',
    ...names.filter((_, index) => initializing[index]).map((name) => `${name} is starting up`),
    `users belong to ${names[owner]}`,
    ...(move ? [move] : []),
    ...(under.length > 0 ? [`under way: ${under.join(', ')}`] : []),
  ].join('; ')
}
