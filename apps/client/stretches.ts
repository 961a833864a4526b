import type { NodeState, Reason } from '../../domain/states.ts'
import type { StepTime } from '../../domain/steps.ts'
import type { EventRecord, TransitionKind } from './answers.ts'

/** A stretch of time in which something was so; `toMs` null: it was so at the end, or still is. */
export interface Stretch<Value> {
  value: Value
  fromMs: number
  toMs: number | null
}

interface Mark<Value> {
  value: Value
  fromMs: number
}

interface NodeChange {
  node: string
  state: NodeState
  previousState: NodeState
  reason?: Reason
  /** Left out by earlier versions. */
  serves?: string[]
  heardMsAgo?: number | null
}

type Events = readonly EventRecord[]

/** What each change of the states tells of the nodes; `events` are oldest first, here and below. */
export const changesOf = (events: Events) =>
  events
    .filter(({ detailType }) => detailType === 'Group State Change')
    .map(({ at, detail }) => ({ atMs: Date.parse(at), nodes: detail.nodes as NodeChange[] }))

/**
 * The states of a node one after the other; before the first change it stood as that change says. `present`: how it
 * stands at the end, where that is known.
 */
export function statesOf(events: Events, name: string, fromMs: number, present?: NodeState): Stretch<NodeState>[] {
  const changes = changesOf(events).flatMap(({ atMs, nodes }) => {
    const change = nodes.find(({ node }) => node === name)
    return change ? [{ atMs, ...change }] : []
  })
  const first = changes[0]?.previousState ?? present
  if (first === undefined) return []
  const switched = switchedAtMs(events).map((atMs) => ({
    value: changes.find((change) => change.atMs > atMs)?.previousState ?? present ?? first,
    fromMs: atMs,
  }))
  const changed = changes.map(({ state, atMs }) => ({ value: state, fromMs: atMs }))
  // Of one moment the switch comes first: what it led to is a change.
  return stretches([
    { value: switched.length > 0 ? before(events, name, first) : first, fromMs },
    ...switched,
    ...changed,
  ])
}

/** Switching high availability on or off gives the nodes new states, and no change tells them. */
const switchedAtMs = (events: Events): number[] =>
  events
    .filter(({ detailType, detail }) => detailType === 'Configuration Change' && detail.highAvailability !== undefined)
    .map(({ at }) => Date.parse(at))

/** How a node stood before the first thing that changed it. */
function before(events: Events, name: string, first: NodeState): NodeState {
  const [firstSwitch] = switchedAtMs(events)
  const change = changesOf(events).find(({ nodes }) => nodes.some(({ node }) => node === name))
  if (firstSwitch === undefined || (change && change.atMs <= firstSwitch)) return first
  const isEnabled = events.some(({ at, detail }) => Date.parse(at) === firstSwitch && detail.highAvailability === true)
  return isEnabled ? 'Unknown' : 'Normal'
}

/** Who was to serve the users of a home node, beginning with who is said to; null: nobody. */
export function serversOf<First extends string | null | undefined>(
  events: Events,
  home: string,
  first: Mark<First>,
): Stretch<string | null | First>[] {
  const marks: Mark<string | null | First>[] = [first]
  for (const { atMs, nodes } of changesOf(events)) {
    if (nodes.some(({ serves }) => serves === undefined)) continue
    marks.push({ value: nodes.find(({ serves }) => serves?.includes(home))?.node ?? null, fromMs: atMs })
  }
  return stretches([...marks, ...handedBack(events, home)])
}

/** In a fallback users change hands while the nodes' states stay: its steps tell when. */
function handedBack(events: Events, home: string): Mark<string | null>[] {
  return events.flatMap(({ detailType, detail }) => {
    const transition = detail.transition as { kind: TransitionKind; to: string } | undefined
    if (detailType !== 'Transition State Change' || transition?.kind !== 'fallback' || transition.to !== home) return []
    const steps = (detail.stepTimes ?? []) as StepTime[]
    const release = steps.findIndex(({ step }) => step === 'Release')
    const [released, next] = [steps[release], steps[release + 1]]
    if (!released) return []
    const mark = (value: string | null, startedAt: string) => ({ value, fromMs: Date.parse(startedAt) })
    return [mark(null, released.startedAt), ...(next ? [mark(home, next.startedAt)] : [])]
  })
}

/** In the order of time; what stays the same is one stretch. */
function stretches<Value>(marks: Mark<Value>[]): Stretch<Value>[] {
  const sorted = marks.toSorted((one, other) => one.fromMs - other.fromMs)
  const changes = sorted.filter((mark, index) => index === 0 || sorted[index - 1]?.value !== mark.value)
  return changes.map(({ value, fromMs }, index) => ({ value, fromMs, toMs: changes[index + 1]?.fromMs ?? null }))
}
