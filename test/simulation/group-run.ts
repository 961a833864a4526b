import type { Group } from '../../domain/model.ts'
import { statusOf } from '../../domain/status.ts'
import { SERVICES } from '../world/host.ts'
import { ServedTwice, World } from '../world/world.ts'
import { Coverage } from './coverage.ts'
import type { Cue, Fault, FaultTrace, Phase } from './faults.ts'
import { Inflictor } from './inflict.ts'
import { Broken } from './invariants.ts'
import { silenceLog } from './quiet-log.ts'
import { Random } from './random.ts'
import { isHome, restLimitMs, unrest } from './rest.ts'
import { describeFault } from './transcript.ts'
import { underVirtualTime } from './virtual-time.ts'
import { Watch } from './watch.ts'

const NAMES = ['alpha', 'beta'] as const
/** How often an operator asks for something before he gives up bringing a pair home. */
const MOST_REQUESTS = 6

export interface Outcome {
  /** The invariant that does not hold, and what was seen of it; null: all hold. */
  broken: Broken | null
  simulatedMs: number
  coverage: Coverage
  /** What was seen, in the words of the scenarios; empty unless it was asked for. */
  transcript: string[]
}

/** Plays a trace, or as many of its phases as fill the hours: the same trace gives the same outcome, line by line. */
export async function play(
  trace: FaultTrace,
  { transcript = false, hours = Number.POSITIVE_INFINITY } = {},
): Promise<Outcome> {
  await silenceLog()
  const run = new GroupRun(trace, { transcript, hours })
  const broken = await underVirtualTime(run.world.timeline, new Random(trace.seed, 'process'), () => run.play())
  const { world, coverage } = run
  return { broken, simulatedMs: world.timeline.nowMs - run.beganAtMs, coverage, transcript: world.takeLines() }
}

class GroupRun {
  readonly world = new World({ isFormatted: false })
  readonly coverage = new Coverage()
  readonly beganAtMs = this.world.timeline.nowMs
  readonly #trace: FaultTrace
  readonly #keepsTranscript: boolean
  readonly #endMs: number
  #watch!: Watch
  #inflictor!: Inflictor
  /** Faults that wait for their cue. */
  #cued: Fault[] = []
  /** Calls off what has had its cue and waits a moment more. */
  #planned: (() => void)[] = []

  constructor(trace: FaultTrace, { transcript, hours }: { transcript: boolean; hours: number }) {
    this.#trace = trace
    this.#keepsTranscript = transcript
    this.#endMs = this.beganAtMs + hours * 3_600_000
    this.world.isQuiet = true
  }

  /** Answers what does not hold. */
  async play(): Promise<Broken | null> {
    try {
      await this.#begin()
      for (const phase of this.#trace.phases) {
        if (this.world.timeline.nowMs >= this.#endMs) break
        await this.#playPhase(phase)
      }
      return null
    } catch (error) {
      if (error instanceof Broken) return error
      if (error instanceof ServedTwice) return new Broken('served twice', error.message)
      return new Broken('internal error', error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
  }

  async #begin(): Promise<void> {
    const { world } = this
    await world.pair(NAMES)
    world.isQuiet = !this.#keepsTranscript
    this.#watch = new Watch(world, this.coverage)
    this.#inflictor = new Inflictor(world, NAMES, new Random(this.#trace.seed, 'chance'), (error) =>
      this.#watch.seeError(error),
    )
    this.#watch.onCue = (cue) => this.#onCue(cue)
    if (Object.keys(this.#trace.parameters).length === 0) return
    this.#inflictor.inflict({ atMs: 0, kind: 'set', parameters: this.#trace.parameters })
    await this.#rest()
  }

  async #playPhase(phase: Phase): Promise<void> {
    const { timeline } = this.world
    const endMs = timeline.nowMs + phase.lastsMs
    const planned = phase.faults.map((fault) => timeline.after(fault.atMs, () => this.#arm(fault, endMs)))
    await this.#run(phase.lastsMs)
    for (const callOff of [...planned, ...this.#planned]) callOff()
    this.#planned = []
    this.#cued = []
    this.#inflictor.endAll()
    this.#watch.noteEnd()
    this.world.say('* all faults end')
    await this.#rest()
    await this.#bringHome()
  }

  #arm(fault: Fault, phaseEndMs: number): void {
    if (fault.cue) this.#cued.push(fault)
    else this.#inflict(fault, phaseEndMs)
  }

  /** What is tied to a Lambda's death happens within the decision; everything else a moment later at the earliest. */
  #onCue(cue: Cue): void {
    if (this.#cued.length === 0) return
    const due = this.#cued.filter((fault) => fault.cue?.of === cue)
    if (due.length === 0) return
    this.#cued = this.#cued.filter((fault) => !due.includes(fault))
    for (const fault of due) {
      if (fault.kind.startsWith('lambda dies')) this.#inflict(fault)
      else this.#planned.push(this.world.timeline.after(fault.cue?.delayMs ?? 0, () => this.#inflict(fault)))
    }
  }

  #inflict(fault: Fault, phaseEndMs = Number.POSITIVE_INFINITY): void {
    const { world } = this
    this.coverage.fault(fault.kind)
    if (!world.isQuiet) world.say(`* ${describeFault(fault, NAMES)}`)
    const endsAtMs = 'forMs' in fault ? Math.min(phaseEndMs, world.timeline.nowMs + fault.forMs) : world.timeline.nowMs
    this.#watch.noteFault(fault, endsAtMs)
    this.#inflictor.inflict(fault)
  }

  /** Lets time pass, and ends as soon as something does not hold. */
  async #run(ms: number, until: () => boolean = () => false): Promise<void> {
    await this.world.run(ms, () => this.#watch.broken !== null || until())
    if (this.#watch.broken) throw this.#watch.broken
  }

  /** Until the pair has been at rest for a keep-alive timeout; it must come to that in time. */
  async #rest(): Promise<void> {
    const { world } = this
    const { timeline } = world
    let group = world.cloud.group
    const deadlineMs = timeline.nowMs + restLimitMs(group)
    let why = ''
    let quietSinceMs = Number.POSITIVE_INFINITY
    while (timeline.nowMs < deadlineMs) {
      group = world.cloud.group
      const stepMs = Math.max(1000, group.settings.keepAliveIntervalMs)
      why = unrest(world, group)
      if (why) quietSinceMs = Number.POSITIVE_INFINITY
      else quietSinceMs = Math.min(quietSinceMs, timeline.nowMs)
      if (timeline.nowMs - quietSinceMs >= group.settings.keepAliveTimeoutMs) return this.#checkRest()
      await this.#run(stepMs)
    }
    throw new Broken(why.includes('serves') ? 'not served' : 'does not settle', `${world.clock()}: ${why}`)
  }

  #checkRest(): void {
    const [lost] = this.#watch.eventsLost()
    if (lost !== undefined) throw new Broken('event lost', `${this.world.clock()}: ${lost} is not in the history`)
  }

  /** Administrators start what does not run, and an operator asks for what is possible, until both nodes are Normal. */
  async #bringHome(): Promise<void> {
    const { world } = this
    for (let requests = 0; requests < MOST_REQUESTS; requests++) {
      this.#startServices(world.cloud.group)
      await this.#rest()
      const group = world.cloud.group
      if (isHome(group)) return
      this.#request(group)
      await this.#rest()
    }
    const { nodes } = world.cloud.group
    const states = nodes.map(({ name, state, reason }) => `${name} ${state} (${reason})`).join(', ')
    throw new Broken('does not come home', `${world.clock()}: ${states}`)
  }

  /** What does not run is started; only the services of a node that is Idle are stopped on purpose [B15]. */
  #startServices({ nodes }: Group): void {
    for (const { name, state } of nodes) {
      const { host } = this.world.node(name)
      if (state !== 'Idle') for (const service of SERVICES) host.setService(service, 'running')
    }
  }

  #request(group: Group): void {
    const { world } = this
    const { allowed } = statusOf(group, '', world.timeline.nowMs)
    const wanted =
      allowed.find(({ action }) => action === 'fallback') ?? allowed.find(({ action }) => action === 'recovery')
    if (!wanted) return
    world.say('* an operator brings them home')
    const node = wanted.node === NAMES[1] ? 1 : 0
    const { action } = wanted
    this.#inflictor.inflict({
      atMs: 0,
      kind: 'ask',
      twice: false,
      ...(action === 'recovery' ? { action } : { action, node }),
    })
  }
}
