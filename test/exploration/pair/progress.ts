import type { Counterexample, Exploration, StepKind } from '../search.ts'
import { STEP_KINDS } from '../search.ts'
import { BOTH_FAILED, pairOf } from './invariants.ts'
import { BOTH, type Pair } from './pair.ts'

const GOAL = 1
const IN_TRANSITION = 2
const UNSERVED = 4

/** What of a pair tells whether it has come to rest, and how. */
export function marksOf({ group, truth, brake }: Pair): number {
  const served = BOTH.map((set) => truth.some(({ doors }) => doors[set]))
  const isServed = served.every((is) => is)
  const pair = pairOf(group)
  const isGoal = pair === 'Normal / Normal' && !group.transition && isServed
  const isHealthy = BOTH.map(
    (index) =>
      truth[index].voice === 'speaks' &&
      !truth[index].fenced &&
      group.nodes[index]?.services.every(({ state }) => state === 'running'),
  )
  // Before both have acknowledged a new membership with closed doors nobody may serve (rule 11).
  const isAcknowledged = group.nodes.every(({ acknowledgedEpoch }) => acknowledgedEpoch === group.epoch)
  // What an administrator has fenced, or on-call holds back, stays so, and a lost road is a fault that lasts.
  const isHeldBack = brake || group.maintenance !== null || group.cutOffs.length > 0
  const isMeddled = isHeldBack || truth.some(({ fenced, held }) => fenced || held)
  // In failed mode each node serves its own users and no others, until an operator asks for a recovery [B17] [B22].
  const isMissed =
    pair === BOTH_FAILED ? BOTH.some((set) => isHealthy[set] && !served[set]) : !isServed && isHealthy.includes(true)
  const isRunning = group.transition?.phase === 'running'
  return (
    (isGoal ? GOAL : 0) | (isRunning ? IN_TRANSITION : 0) | (isAcknowledged && !isMeddled && isMissed ? UNSERVED : 0)
  )
}

type Edges = { heads: Int32Array; targets: Int32Array }

/** Who follows whom by steps of these kinds, as one list for each state. */
function adjacency({ states, edges }: Exploration<Pair>, kinds: readonly StepKind[], backward: boolean): Edges {
  const isWanted = STEP_KINDS.map((kind) => kinds.includes(kind))
  const [from, to] = backward ? [edges.to, edges.from] : [edges.from, edges.to]
  const heads = new Int32Array(states + 1)
  const counts = (visit: (edge: number) => void) => {
    for (let edge = 0; edge < from.length; edge++) if (isWanted[edges.kind[edge] as number]) visit(edge)
  }
  counts((edge) => void (heads[(from[edge] as number) + 1] as number)++)
  for (let state = 0; state < states; state++) (heads[state + 1] as number) += heads[state] as number
  const targets = new Int32Array(heads[states] as number)
  const filled = heads.slice()
  counts((edge) => {
    targets[(filled[from[edge] as number] as number)++] = to[edge] as number
  })
  return { heads, targets }
}

/**
 * No state without a way out: once nothing fails any more, repairs and what an operator may ask for lead every pair to
 * Normal, with all users served at home. Null: so it is.
 */
export function deadEnd(exploration: Exploration<Pair>): Counterexample | null {
  const { heads, targets } = adjacency(exploration, ['calm', 'repair', 'operator'], true)
  const reached = new Uint8Array(exploration.states)
  const queue = exploration.marks.flatMap((marks, state) => (marks & GOAL ? [state] : []))
  for (const state of queue) reached[state] = 1
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    for (let at = heads[state] as number; at < (heads[state + 1] as number); at++) {
      const before = targets[at] as number
      if (reached[before]) continue
      reached[before] = 1
      queue.push(before)
    }
  }
  const lost = reached.indexOf(0)
  return lost < 0
    ? null
    : { invariant: 'every state has a way out: to Normal, and all users served', path: exploration.pathTo(lost) }
}

/**
 * Liveness: where nothing happens but what happens by itself, every transition ends, and a set of users is served if a
 * healthy node is heard. What calm steps lead to and never out of again is where a fair run ends. Null: so it is.
 */
export function unrest(exploration: Exploration<Pair>): Counterexample | null {
  const calm = adjacency(exploration, ['calm'], false)
  const component = components(exploration.states, calm)
  const { heads, targets } = calm
  const isLeft = new Uint8Array(exploration.states)
  for (let state = 0; state < exploration.states; state++) {
    for (let at = heads[state] as number; at < (heads[state + 1] as number); at++) {
      const own = component[state] as number
      if (component[targets[at] as number] !== own) isLeft[own] = 1
    }
  }
  const shared = new Map<number, number>()
  for (let state = 0; state < exploration.states; state++) {
    const own = component[state] as number
    if (!isLeft[own])
      shared.set(own, (shared.get(own) ?? IN_TRANSITION | UNSERVED) & (exploration.marks[state] as number))
  }
  for (let state = 0; state < exploration.states; state++) {
    const marks = shared.get(component[state] as number) ?? 0
    if (marks & IN_TRANSITION) return { invariant: 'no transition hangs (liveness L)', path: exploration.pathTo(state) }
    if (marks & UNSERVED) {
      return {
        invariant: 'users are served where a healthy node is heard (liveness L)',
        path: exploration.pathTo(state),
      }
    }
  }
  return null
}

/** Tarjan's strongly connected components, without recursion: for each state the number of its own. */
function components(states: number, { heads, targets }: Edges): Int32Array {
  const index = new Int32Array(states).fill(-1)
  const low = new Int32Array(states)
  const component = new Int32Array(states).fill(-1)
  const at = heads.slice()
  const stack: number[] = []
  let found = 0
  let count = 0
  for (let root = 0; root < states; root++) {
    if (index[root] !== -1) continue
    const path = [root]
    while (path.length > 0) {
      const state = path.at(-1) as number
      if (index[state] === -1) {
        index[state] = low[state] = count++
        stack.push(state)
      }
      const edge = at[state] as number
      if (edge < (heads[state + 1] as number)) {
        at[state] = edge + 1
        const next = targets[edge] as number
        if (index[next] === -1) path.push(next)
        else if (component[next] === -1) low[state] = Math.min(low[state] as number, index[next] as number)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[state] as number)
      if (low[state] !== index[state]) continue
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        component[member] = found
        if (member === state) break
      }
      found += 1
    }
  }
  return component
}
