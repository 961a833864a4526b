import type { ServiceParameters } from '../../domain/settings.ts'
import type { Alternative } from './oracle.ts'
import { alternative } from './oracle.ts'
import type { ConformancePair } from './pair.ts'
import { NODES, type NodeName } from './stage-process.ts'

/** Which node of the group is the row's node 1: the first one (A–B), or the second one (B–A). */
export const ORIENTATIONS = ['A-B', 'B-A'] as const
export type Orientation = (typeof ORIENTATIONS)[number]

/** As the rows of the table say it. */
export type Who = 'node 1' | 'node 2'

export function nodeOf(who: Who, orientation: Orientation): NodeName {
  const first = orientation === 'A-B' ? 0 : 1
  return NODES[who === 'node 1' ? first : 1 - first] as NodeName
}

/** What a story happens to. */
export interface Scene {
  pair: ConformancePair
  nameOf(who: Who): NodeName
}

/** Something that an operator, a host, a service or an agent's process does. */
export interface Deed {
  text: string
  act(scene: Scene): Promise<unknown> | unknown
}

/** A pair of the table that the group must come to now. */
export interface Claim {
  reaches: Alternative
}

export type Step = Deed | Claim

export interface Story {
  title: string
  /** Beside the common ones: see PARAMETERS. */
  parameters?: Partial<ServiceParameters>
  /** Left out: the story begins with two nodes that are up, and high availability on. */
  begins?: 'with two nodes that are off'
  steps: Step[]
}

export const isClaim = (step: Step): step is Claim => 'reaches' in step

/** What a story claims to reach, in its order. */
export const claimsOf = ({ steps }: Story): Alternative[] => steps.filter(isClaim).map(({ reaches }) => reaches)

/** `name` tells the alternatives of a row apart: see oracle.ts. */
export const reaches = (row: number, name?: string): Claim => ({ reaches: alternative(row, name) })

/**
 * Patient, because the machine may be busy: only the stories about silence and failing services wait for less. An agent
 * gives a request nine tenths of the interval, so a short interval would make a busy stage a silent one.
 */
export const PARAMETERS = {
  criticalServiceDelaySeconds: 15,
  initializationKeepAliveTimeoutSeconds: 15,
  keepAliveTimeoutSeconds: 15,
  keepAliveIntervalSeconds: 1.5,
} satisfies Partial<ServiceParameters>

export const SHORT_DELAY = { criticalServiceDelaySeconds: 1 } satisfies Partial<ServiceParameters>
export const SHORT_TIMEOUT = {
  initializationKeepAliveTimeoutSeconds: 6,
  keepAliveTimeoutSeconds: 6,
  keepAliveIntervalSeconds: 1,
} satisfies Partial<ServiceParameters>
