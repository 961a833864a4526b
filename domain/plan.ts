import { giveUp } from './decide.ts'
import type { Draft } from './draft.ts'
import { servedSets } from './login.ts'
import type { Group, NodeIndex, StepName } from './model.ts'
import { Play } from './play.ts'
import { POLICY } from './policy.ts'
import type { NodeState, Reason } from './states.ts'
import { stepOf } from './status.ts'
import { stepLimitSeconds } from './step-limits.ts'
import type { UserCounts } from './users.ts'
import { waitWords } from './waits.ts'

/** A node as it stands in a step, and whose users it serves then. */
interface PlannedNode {
  node: string
  state: NodeState
  reason: Reason
  serves: string[]
}

/** What is done, and what is then waited for. */
export interface PlannedStep {
  /** By the names of the workflow's states; `Done` is the last one. */
  step: string
  /** Rows of the policy that lead here. */
  rules: { rule: number; why: string }[]
  /** What agents are told to do. */
  orders: { node: string; command: string }[]
  nodes: PlannedNode[]
  /** Who is disconnected: users of that home, from that node. They can log in again when `serves` names them anew. */
  disconnects: { usersOf: string; from: string; users: number }[]
  /** '' where nothing is. */
  waitsFor: string
  /** How long at most; null where nothing is waited for. */
  atMostSeconds: number | null
}

export interface Plan {
  outcome: 'SUCCEEDED' | 'FAILED' | 'UNFINISHED'
  steps: PlannedStep[]
  /** All waits together, at most. */
  atMostSeconds: number
}

/** A transition needs far fewer; each is a heartbeat of both nodes. */
const MOST_ROUNDS = 400

/** A grant is heard in one round, and said to be followed in the next. */
const ROUNDS_TO_OPEN = 2

/**
 * What would happen from here on, the transition having just begun on this draft: the group is played forward by the
 * same decisions and the same table, with agents that answer as they should. Nothing is described a second time.
 */
export function planFrom(before: Group, begun: Draft, users: UserCounts = new Map()): Plan {
  const play = new Play(before, begun.nowMs)
  const id = begun.group.transition?.id ?? ''
  const recorder = new Recorder(play, users)
  play.take(begun)
  recorder.note()
  for (let round = 0; round < MOST_ROUNDS && play.group.transition?.id === id; round++) {
    const isNews = play.round()
    recorder.note()
    if (isNews || play.group.transition?.id !== id) continue
    const dueMs = nextDueMs(play)
    if (dueMs !== null) {
      play.nowMs = Math.min(dueMs, play.nowMs + play.group.settings.keepAliveIntervalMs)
      continue
    }
    if (!isGivenUp(play, id)) break
    recorder.note()
  }
  for (let round = 0; round < ROUNDS_TO_OPEN; round++) play.round()
  recorder.settle()
  const atMostSeconds = recorder.steps.reduce((sum, step) => sum + (step.atMostSeconds ?? 0), 0)
  return { outcome: outcomeOf(play, id), steps: recorder.steps, atMostSeconds }
}

/** When the next door closes by itself; null: none will. */
function nextDueMs({ group, nowMs }: Play): number | null {
  const due = group.nodes.flatMap(({ set }) => (set.moving && set.moving.untilMs > nowMs ? [set.moving.untilMs] : []))
  return due.length === 0 ? null : Math.min(...due)
}

/** Nobody answers any more: the workflow gives the step up when its time has passed. */
function isGivenUp(play: Play, id: string): boolean {
  const { transition } = play.group
  if (!transition) return false
  const { step } = stepOf(play.group, transition, play.nowMs)
  const draft = play.draft()
  giveUp(draft, { transition: id, step: step as StepName, cause: `${step} was given up` })
  const isTaken = draft.fired.length > 0
  play.take(draft)
  return isTaken
}

function outcomeOf({ events, group }: Play, id: string): Plan['outcome'] {
  if (group.transition?.id === id) return 'UNFINISHED'
  const last = events.findLast(
    ({ detailType, detail }) =>
      detailType === 'Transition State Change' && (detail.transition as { id: string }).id === id,
  )
  return last?.detail.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED'
}

const servedBy = (group: Group, index: NodeIndex, nowMs: number): string[] =>
  servedSets(group, index, nowMs).map((set) => group.nodes[set]?.name ?? '')

/** Writes down each step as the play comes to it. */
class Recorder {
  readonly steps: PlannedStep[] = []
  readonly #play: Play
  readonly #users: UserCounts
  #served: string[][]
  #told = new Set<string>()
  #key = ''

  constructor(play: Play, users: UserCounts) {
    this.#play = play
    this.#users = users
    this.#served = this.#serving()
  }

  note(): void {
    const { group } = this.#play
    const key = `${this.#step()} ${group.nodes.map(({ state }) => state).join(' ')}`
    if (key !== this.#key) this.steps.push(this.#newStep())
    this.#key = key
    this.settle()
  }

  /** What came about since the step began, without another one beginning. */
  settle(): void {
    const step = this.steps.at(-1)
    if (!step) return
    step.rules.push(...this.#play.fired.splice(0).map((rule) => ({ rule, why: whyOf(rule) })))
    step.orders.push(...this.#newOrders())
    step.disconnects.push(...this.#disconnects())
    step.nodes = this.#nodes()
  }

  #step(): string {
    const { group, nowMs } = this.#play
    return group.transition ? stepOf(group, group.transition, nowMs).step : 'Done'
  }

  #newStep(): PlannedStep {
    const step = this.#step()
    const { waitsFor, atMostSeconds } = this.#wait(step)
    return { step, rules: [], orders: [], nodes: [], disconnects: [], waitsFor, atMostSeconds }
  }

  #wait(step: string): { waitsFor: string; atMostSeconds: number | null } {
    const { group, nowMs } = this.#play
    const { transition } = group
    if (!transition) return { waitsFor: '', atMostSeconds: null }
    const name = (index: NodeIndex) => group.nodes[index]?.name ?? ''
    const waitsFor = waitWords(step, {
      kind: transition.kind,
      from: name(transition.from),
      to: name(transition.to),
      isFromHeard: this.#play.hears(transition.from),
    })
    const { untilMs } = stepOf(group, transition, nowMs)
    const leaseSeconds = untilMs === undefined ? null : Math.max(0, Math.ceil((untilMs - nowMs) / 1000))
    return { waitsFor, atMostSeconds: leaseSeconds ?? stepLimitSeconds(step) }
  }

  #newOrders(): PlannedStep['orders'] {
    const { commands, nodes } = this.#play.group
    const fresh = commands.filter(({ id }) => !this.#told.has(id))
    for (const { id } of fresh) this.#told.add(id)
    return fresh.map(({ node, kind }) => ({ node: nodes[node]?.name ?? '', command: kind }))
  }

  #serving(): string[][] {
    const { group, nowMs } = this.#play
    return group.nodes.map((_, index) => servedBy(group, index as NodeIndex, nowMs))
  }

  #disconnects(): PlannedStep['disconnects'] {
    const { nodes } = this.#play.group
    const now = this.#serving()
    const cut = this.#served.flatMap((homes, index) =>
      homes
        .filter((home) => !now[index]?.includes(home))
        .map((usersOf) => ({ usersOf, from: nodes[index]?.name ?? '', users: this.#users.get(usersOf) ?? 0 })),
    )
    this.#served = now
    return cut
  }

  #nodes(): PlannedNode[] {
    const { group, nowMs } = this.#play
    return group.nodes.map(({ name, state, reason }, index) => ({
      node: name,
      state,
      reason,
      serves: servedBy(group, index as NodeIndex, nowMs),
    }))
  }
}

const whyOf = (rule: number): string => POLICY.find(({ row }) => row === rule)?.why ?? ''
