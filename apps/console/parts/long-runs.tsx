import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { LongRun } from './long-run.ts'

class LongRuns {
  readonly #runs = new Map<string, LongRun<unknown>>()
  readonly #listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly get = (name: string): LongRun<unknown> | undefined => this.#runs.get(name)
  readonly all = (): LongRun<unknown>[] => [...this.#runs.values()]

  put(name: string, run: LongRun<unknown> | undefined): void {
    this.#runs.get(name)?.stop()
    if (run) this.#runs.set(name, run)
    else this.#runs.delete(name)
    for (const each of this.#listeners) each()
  }
}

const LongRunsContext = createContext<LongRuns | null>(null)

/** Keeps what is under way while one goes from page to page. Signing out ends it; before the window closes one is asked. */
export function LongRunsProvider({ children }: { children: ReactNode }) {
  const [runs] = useState(() => new LongRuns())
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (runs.all().some((run) => run.isUnderWay())) event.preventDefault()
    }
    addEventListener('beforeunload', ask)
    return () => {
      removeEventListener('beforeunload', ask)
      for (const run of runs.all()) run.stop()
    }
  }, [runs])
  return <LongRunsContext value={runs}>{children}</LongRunsContext>
}

const nothing = () => () => undefined

/** What goes on under that name, and how to begin or put away one. The page is drawn anew as it goes on. */
export function useLongRun<Run extends LongRun<unknown>>(
  name: string,
): [run: Run | undefined, put: (run: Run | undefined) => void] {
  const runs = useContext(LongRunsContext)
  if (!runs) throw new Error('there is no place for long runs')
  const run = useSyncExternalStore(runs.subscribe, () => runs.get(name)) as Run | undefined
  useSyncExternalStore(run?.subscribe ?? nothing, () => run?.current())
  return [run, (next) => runs.put(name, next)]
}
