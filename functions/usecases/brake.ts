import type { BrakeEvent, BrakeIntent, BrakeOrder, BrakeStatus } from '../../domain/brake.ts'
import { brakeView, engage, intentOf, mayGoUnanswered, ordered } from '../../domain/brake.ts'
import type { Group } from '../../domain/model.ts'
import type { BrakeStore } from '../adapters/brake-store.ts'
import type { Clock } from '../adapters/clock.ts'
import { mayJudge } from '../adapters/clock.ts'
import { ProblemError } from '../problem.ts'
import { pause } from './change-group.ts'

export interface BrakePorts {
  brake: BrakeStore
  clock: Clock
  /** Into the history and onto the bus. */
  publish: (event: BrakeEvent) => Promise<void>
  failed: (what: string, error: unknown) => Promise<void>
}

/** Shorter than what makes an invocation too late to judge (clock.ts). */
const ANSWER_LIMIT_MS = 800
const TRIES = 5
/** Events that stand in the brake's outbox longer were left by somebody who crashed. */
const LEFT_OVER_MS = 2000

/**
 * A group would fail over because a node is silent: does the fleet brake hold it back? Null: it could not be asked, and
 * the group asks again with its next heartbeat. Where that goes on for another keep-alive timeout, the group fails over
 * all the same: a table that is out of reach must not leave users unserved for good.
 */
export async function brakeHolds(ports: BrakePorts, group: Group): Promise<boolean | null> {
  const reading = ports.clock.read()
  const intent = intentOf(group, reading.nowMs)
  const answer = await within(ANSWER_LIMIT_MS, ask(ports, intent)).catch(async (error) => {
    await ports.failed('the fleet brake could not be asked', error)
    return null
  })
  if (!mayJudge(ports.clock, reading)) return null
  return answer === null && mayGoUnanswered(group, reading.nowMs) ? false : answer
}

/**
 * Whoever asks says so before it counts: of groups that ask at the same moment, the last to say so sees all of them. While
 * the brake holds, one read answers.
 */
async function ask(ports: BrakePorts, intent: BrakeIntent): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const [brake] = await Promise.all([ports.brake.read(), ports.brake.note(intent)])
    if (brake.hold) return true
    const change = engage(brake, await ports.brake.intents(), intent.atMs)
    if (!change) return false
    if (await ports.brake.commit(change)) {
      await tell(ports, change.events)
      return true
    }
    // Somebody else has engaged or changed it meanwhile.
    await pause(attempt)
  }
  throw new Error('it changes too quickly')
}

function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

/** What cannot be published stays in the brake's outbox, for the sweeper. */
async function tell(ports: BrakePorts, events: BrakeEvent[]): Promise<void> {
  for (const event of events) {
    try {
      await ports.publish(event)
      await ports.brake.strikeOff(event)
    } catch (error) {
      await ports.failed('an event of the fleet brake stays in its outbox', error)
    }
  }
}

/** The sweeper says how many groups there are, and publishes what a crash left. Answers whether the brake holds. */
export async function countForBrake(ports: BrakePorts, groups: number): Promise<boolean> {
  const { nowMs } = ports.clock.read()
  const { hold, outbox } = await ports.brake.count(groups, nowMs)
  await tell(
    ports,
    outbox.filter(({ atMs }) => nowMs - atMs >= LEFT_OVER_MS),
  )
  return hold !== null
}

export async function readBrake({ brake, clock }: Pick<BrakePorts, 'brake' | 'clock'>): Promise<BrakeStatus> {
  const [found, intents] = await Promise.all([brake.read(), brake.intents()])
  return brakeView(found, intents, clock.read().nowMs)
}

/**
 * Does what an operator asks, and answers how the brake stands then. `precondition` throws where the caller builds upon
 * another version than is there.
 */
export async function orderBrake(
  ports: BrakePorts,
  order: BrakeOrder,
  by: string,
  precondition: (version: number) => void,
): Promise<BrakeStatus> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const [brake, intents] = await Promise.all([ports.brake.read(), ports.brake.intents()])
    precondition(brake.version)
    const { nowMs } = ports.clock.read()
    const change = ordered(brake, intents, order, by, nowMs)
    if (!change) return brakeView(brake, intents, nowMs)
    if (await ports.brake.commit(change)) {
      await tell(ports, change.events)
      return brakeView(change.brake, intents, nowMs)
    }
    await pause(attempt)
  }
  throw new ProblemError(503, 'Busy', 'The fleet brake changes too quickly; try again.')
}
