import type { StepTime } from '../../../../../domain/steps.ts'
import type { EventRecord, GroupStatus, TransitionKind } from '../../../../client/answers.ts'
import { stepWords, type Tone, transitionName } from '../../../../client/words/words.ts'
import type { Bar } from './lanes.ts'

type Status = 'WAITING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

interface Told {
  status: Status
  transition: { id: string; kind: TransitionKind; from: string; to: string }
  durationMs?: number
  stepTimes?: StepTime[]
}

const TONES: Readonly<Record<Status, Tone>> = {
  WAITING: 'quiet',
  RUNNING: 'busy',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  CANCELLED: 'quiet',
}
const isOver = (status: Status): boolean => status !== 'WAITING' && status !== 'RUNNING'

const toldOf = (events: readonly EventRecord[]) =>
  events
    .filter(({ detailType }) => detailType === 'Transition State Change')
    .map(({ id, at, detail }) => ({ entry: id, atMs: Date.parse(at), ...(detail as unknown as Told) }))

/** Each transition as a whole, its wait beside it; the wait before a run is a bar of its own. */
export function transitionBars(events: readonly EventRecord[], status: GroupStatus | undefined): Bar[] {
  const bars: Bar[] = []
  const open = new Map<string, Bar>()
  for (const { entry, atMs, status: now, transition, durationMs = 0 } of toldOf(events)) {
    const before = open.get(transition.id)
    const name = `${transitionName(transition)}: ${now.toLowerCase()}`
    if (isOver(now)) {
      // Of one that began before what is read, its length tells when.
      const bar = before ?? newBar(transition, now, atMs - durationMs, entry)
      const isWait = before?.label.endsWith('waiting') === true
      Object.assign(bar, {
        toMs: atMs,
        tone: TONES[now],
        label: isWait ? `${before?.label}, then ${now.toLowerCase()}` : name,
      })
      if (!before) bars.push(bar)
      open.delete(transition.id)
      continue
    }
    if (before?.label === name) continue
    if (before) before.toMs = atMs
    const bar = newBar(transition, now, atMs, entry)
    open.set(transition.id, bar)
    bars.push(bar)
  }
  // One whose end is not told has ended all the same when something else runs, or nothing.
  for (const [id, bar] of open) if (status && status.transition?.id !== id) bar.toMs = nextFrom(bars, bar)
  return bars
}

const nextFrom = (bars: Bar[], bar: Bar): number => bars.find(({ fromMs }) => fromMs > bar.fromMs)?.fromMs ?? bar.fromMs

const newBar = (transition: Told['transition'], status: Status, fromMs: number, entry: string): Bar => ({
  key: `${transition.id} ${status}`,
  fromMs,
  toMs: null,
  tone: TONES[status],
  pattern: status === 'WAITING' ? 3 : 0,
  label: `${transitionName(transition)}: ${status.toLowerCase()}`,
  about: 'Transition',
  entry,
})

const STEPS = ['Release', 'TakeOver', 'StopServices', 'StartServices', 'TakeBack', 'Restart', 'Finish']

/** The steps of those that are over, and of the one that runs. */
export function stepBars(events: readonly EventRecord[], status: GroupStatus | undefined): Bar[] {
  const told = toldOf(events).filter((each) => isOver(each.status))
  const over = told.flatMap(({ entry, transition, stepTimes = [] }) => bars(transition, stepTimes, entry))
  const running = status?.transition
  if (!running || told.some(({ transition }) => transition.id === running.id)) return over
  const begun = toldOf(events).find(({ transition }) => transition.id === running.id)
  const steps = bars(running, running.stepTimes, begun?.entry ?? null)
  const last = steps.at(-1)
  if (last) last.toMs = null
  return [...over, ...steps]
}

const bars = (transition: Told['transition'], steps: readonly StepTime[], entry: string | null): Bar[] =>
  steps.map(({ step, startedAt, durationMs }) => ({
    key: `${transition.id} ${step} ${startedAt}`,
    fromMs: Date.parse(startedAt),
    toMs: Date.parse(startedAt) + durationMs,
    tone: 'busy',
    pattern: Math.max(0, STEPS.indexOf(step)) % 5,
    label: STEP_NAMES[step] ?? stepWords(step, transition),
    about: transitionName(transition),
    entry,
  }))

const STEP_NAMES: Readonly<Record<string, string>> = {
  CriticalServiceDelay: 'waiting for the Critical Service Delay',
  FallbackDelay: 'waiting for the fallback delay',
}
