/** What is known of a service without probing it. */
export interface Standing {
  /** `up`: whether it works is for its probes to say. `down`: it is a fact that it does not run. */
  is: 'up' | 'starting' | 'stopping' | 'down'
  /** One line for a person. */
  detail: string
  pid: number | null
  /** Names this run of it; another start has another name. Null: it does not run, or nobody can tell runs apart. */
  run: string | null
  /** On boottime: when this run began or, of one that is down, when it ended. Null: not known. */
  sinceMs: number | null
}

/** How a service is started and stopped. Nothing here waits until it works, and nothing is tried twice. */
export interface ServiceControl {
  /** Throws where it cannot be known. */
  look(): Promise<Standing>
  /** Whether what was seen is still so, as far as that costs nothing to say. */
  isStill(standing: Standing): boolean
  /** Begins a run where none is; answers what was printed. Throws where it cannot be begun. */
  start(): Promise<string>
  /** When a run that was begun, or that somebody else began, is known to work. Safe to repeat. */
  started(): Promise<string>
  /** Ends the run and waits for that, by force past the time limit; answers what was printed. Safe to repeat. */
  stop(): Promise<StopResult>
}

export interface StopResult {
  output: string
  /** It had to be killed. */
  killed: boolean
}
