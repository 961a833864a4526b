import type { Draft } from '../../domain/draft.ts'
import type { Sweep } from '../../domain/measures.ts'
import type { Effect, Group } from '../../domain/model.ts'

/** What operators of the control plane want to know of its work. */
export type Observation =
  /** A decision stands, with its new effects; told once, however often the effects are carried out. */
  | { kind: 'commit'; before: Group; draft: Draft; effects: Effect[] }
  /** A cluster's configuration changed; `groups` are those to which it is brought over. */
  | { kind: 'configuration'; cluster: string; version: number; groups: string[] }
  | { kind: 'sweep'; sweep: Sweep }
  /** Something could not be finished, and is tried again later. */
  | { kind: 'failure'; what: string; of: Record<string, string>; error: unknown }

export type Observe = (observation: Observation) => Promise<void>
