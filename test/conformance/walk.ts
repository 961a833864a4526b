import type { EventRecord } from '../../apps/client/answers.ts'
import { POLICY } from '../../domain/policy.ts'
import { type Alternative, nameOf } from './oracle.ts'
import { ConformancePair } from './pair.ts'
import { type Reached, standingsOf, untilReached } from './reached.ts'
import { NODES, type StageProcess } from './stage-process.ts'
import { claimsOf, isClaim, nodeOf, type Orientation, PARAMETERS, type Scene, type Story } from './story.ts'

/** A story in one orientation. */
export interface Walk {
  story: Story
  orientation: Orientation
}

/** What became of a claim. */
export interface Arrival {
  alternative: Alternative
  /** Null: it was not reached. */
  reached: Reached | null
  /** Since the pair before it, or the beginning of the story. */
  seconds: number
}

export interface Outcome extends Walk {
  arrivals: Arrival[]
  /** Null: it went as it should. */
  failure: string | null
  /** Why it was walked a second time; null: it was not. */
  again: string | null
}

/** Told what a walk is at. */
export type Tell = (walk: Walk, step: string) => void

/** Walks a story with a group of its own; once more where something else than the story silenced a node. */
export async function walk(stage: StageProcess, cluster: string, each: Walk, tell: Tell): Promise<Outcome> {
  const first = await attempt(stage, cluster, each, tell)
  if (first.disturbance === null) return { ...each, ...first, again: null }
  const second = await attempt(stage, `${cluster}-again`, each, tell)
  return { ...each, ...second, again: `${first.disturbance} (${first.failure?.split('\n')[0]})` }
}

type Attempt = Pick<Outcome, 'arrivals' | 'failure'> & { disturbance: string | null }

async function attempt(stage: StageProcess, cluster: string, each: Walk, tell: Tell): Promise<Attempt> {
  const { story } = each
  const arrivals: Arrival[] = claimsOf(story).map((alternative) => ({ alternative, reached: null, seconds: 0 }))
  let at = ''
  const tellStep = (text: string) => {
    at = text
    tell(each, text)
  }
  let pair: ConformancePair | undefined
  try {
    tellStep('configuring a group')
    pair = await ConformancePair.create(stage, cluster, { ...PARAMETERS, ...story.parameters })
    tellStep('bringing two nodes up')
    if (story.begins === undefined) await pair.bringUp()
    await follow(pair, each, arrivals, tellStep)
    return { arrivals, failure: null, disturbance: null }
  } catch (error) {
    const events = (await pair?.history().catch(() => [])) ?? []
    const said = error instanceof Error ? error.message : String(error)
    const failure = [`${at}: ${said}`, ...events.slice(-EVENTS_TOLD).map(line)].join('\n')
    return { arrivals, failure, disturbance: pair ? disturbance(events, pair.silenced) : null }
  } finally {
    await pair?.end()
  }
}

const EVENTS_TOLD = 8

/** Goes through the steps, and notes in `arrivals` what is reached. */
async function follow(
  pair: ConformancePair,
  { story, orientation }: Walk,
  arrivals: Arrival[],
  tell: (text: string) => void,
): Promise<void> {
  const scene: Scene = { pair, nameOf: (who) => nodeOf(who, orientation) }
  const left = arrivals.values()
  let sinceMs = performance.now()
  let sinceIndex = 0
  for (const step of story.steps) {
    tell(isClaim(step) ? `row ${nameOf(step.reaches)}` : step.text)
    if (!isClaim(step)) {
      await step.act(scene)
      continue
    }
    const reached = await untilReached(step.reaches, { scene, orientation, sinceIndex })
    const nowMs = performance.now()
    const arrival = left.next().value
    if (arrival) Object.assign(arrival, { reached, seconds: (nowMs - sinceMs) / 1000 })
    sinceMs = nowMs
    sinceIndex = reached.eventIndex
  }
}

/** Rows of the policy that decide because a node is not heard. */
const SILENCE_ROWS = POLICY.filter(({ when }) => when.some((fact) => /^[xy]\.(silent|gone)$/.test(fact))).map(
  ({ row }) => row,
)
const SILENT_STATES = ['FailingOver', 'FailedOverWithCriticalServicesNotRunning', 'FailoverAffectedServices']

/** A node was found silent that the story had left alone: the machine was too busy for its agent. */
function disturbance(events: EventRecord[], silenced: ReadonlySet<string>): string | null {
  for (const event of events) {
    const { detailType, detail } = event
    if (detailType === 'Node Reachability Change' && !detail.reachable && silenced.size < NODES.length) {
      return 'both nodes were not heard'
    }
    const silent = standingsOf(event).find(
      ({ state, reason }) => reason === 'PeerDown' && SILENT_STATES.includes(state),
    )
    if (silent && !silenced.has(silent.node)) return `${silent.node} was not heard, row ${detail.rule}`
    if (silenced.size === 0 && SILENCE_ROWS.includes(Number(detail.rule))) return `row ${detail.rule}: ${detail.why}`
  }
  return null
}

function line(event: EventRecord): string {
  const { at, detailType, detail } = event
  const pair = standingsOf(event).map(({ node, state, reason }) => `${node} ${state}/${reason}`)
  return `    ${[at, detailType, detail.status, pair.join(', '), detail.rule, detail.why].filter(Boolean).join(' · ')}`
}
