import { createLogUpdate } from 'log-update'
import type { Outcome, Walk } from './walk.ts'

/** What a run shows while it lasts: on a terminal what is walked now, else a line for each walk that has ended. */
export interface Progress {
  at(walk: Walk, step: string): void
  ended(outcome: Outcome): void
  end(): void
}

const REFRESH_MS = 200

const name = ({ story, orientation }: Walk): string => `${story.title}, ${orientation}`

export function showProgress(output: NodeJS.WriteStream, count: number): Progress {
  const startedMs = performance.now()
  const underWay = new Map<string, { step: string; sinceMs: number }>()
  let done = 0
  let failures = 0
  const seconds = (sinceMs: number) => `${Math.round((performance.now() - sinceMs) / 1000)} s`
  const picture = createLogUpdate(output)
  const draw = () => {
    const failed = failures > 0 ? `, ${failures} failed` : ''
    const head = `${done} of ${count} walks${failed}, ${seconds(startedMs)}`
    const lines = [...underWay].map(([walk, { step, sinceMs }]) => `  ${walk}: ${step} (${seconds(sinceMs)})`)
    picture([head, ...lines].map((line) => line.slice(0, output.columns ?? line.length)).join('\n'))
  }
  const timer = output.isTTY ? setInterval(draw, REFRESH_MS) : undefined
  return {
    at(walk, step) {
      underWay.set(name(walk), { step, sinceMs: performance.now() })
    },
    ended(outcome) {
      underWay.delete(name(outcome))
      done += 1
      if (outcome.failure !== null) failures += 1
      if (output.isTTY) return
      const sum = outcome.failure === null ? 'ok' : `FAILED: ${outcome.failure.split('\n')[0]}`
      output.write(`${done} of ${count}, ${seconds(startedMs)}: ${name(outcome)}: ${sum}\n`)
    },
    end() {
      clearInterval(timer)
      if (output.isTTY) picture.clear()
    },
  }
}
