import type { Group } from '../../domain/model.ts'
import { statusOf } from '../../domain/status.ts'
import { ProblemError } from '../../functions/problem.ts'
import type { FaultTrace } from '../simulation/faults.ts'
import { Inflictor, type Stricken } from '../simulation/inflict.ts'
import { silenceLog } from '../simulation/quiet-log.ts'
import { Random } from '../simulation/random.ts'
import { isHome } from '../simulation/rest.ts'
import { describeFault } from '../simulation/transcript.ts'
import { underVirtualTime } from '../simulation/virtual-time.ts'
import { Unavailable } from '../world/cloud.ts'
import { type Sight, World } from '../world/world.ts'
import { type Figures, Meter } from './meter.ts'
import { type Kept, operate } from './operator.ts'
import { PeerToPeerWorld } from './peer-to-peer/world.ts'

export const NAMES = ['alpha', 'beta'] as const
const HOUR_MS = 3_600_000

/** What plays one of the two systems; it is told in words what happens, where somebody wants to read it. */
export type Player = (trace: FaultTrace, say?: (text: string) => void) => Promise<Figures>

/** The faults of a trace befall a pair that was Normal, and operators look after it; all of it is measured. */
class Course {
  readonly meter: Meter
  readonly #stricken: Stricken
  readonly #trace: FaultTrace
  readonly #say: ((text: string) => void) | undefined
  #error: unknown

  constructor(stricken: Stricken, trace: FaultTrace, kept: Omit<Kept, 'hosts'>, say?: (text: string) => void) {
    this.#stricken = stricken
    this.#trace = trace
    this.#say = say
    const hosts = NAMES.map((name) => stricken.node(name).host)
    this.meter = new Meter(hosts, () => stricken.timeline.nowMs)
    operate(stricken.timeline, { ...kept, hosts }, () => this.#intervene())
  }

  #intervene(): void {
    this.meter.figures.interventions += 1
    this.#say?.('* an operator brings the pair home')
  }

  async play(run: (ms: number, each: () => boolean) => Promise<void>): Promise<Figures> {
    const { timeline } = this.#stricken
    const inflictor = new Inflictor(this.#stricken, NAMES, new Random(this.#trace.seed, 'chance'), (error) => {
      this.#error ??= error
    })
    for (const { lastsMs, faults } of this.#trace.phases) {
      for (const fault of faults) {
        timeline.after(fault.atMs, () => {
          this.#say?.(`* ${describeFault(fault, NAMES)}`)
          inflictor.inflict(fault)
        })
      }
      await run(lastsMs, () => {
        this.meter.look()
        return this.#error !== undefined
      })
      if (this.#error !== undefined) throw this.#error
      this.meter.figures.groupHours += lastsMs / HOUR_MS
    }
    return this.meter.figures
  }
}

/** Our own system; that two nodes serve the same users ends the run. */
export const playUnderstudy: Player = async (trace, say) => {
  await silenceLog()
  const world = new World({ isFormatted: false })
  world.isQuiet = true
  return underVirtualTime(world.timeline, new Random(trace.seed, 'process'), async () => {
    await world.pair(NAMES)
    if (Object.keys(trace.parameters).length > 0) await world.cloud.set(trace.parameters)
    world.isQuiet = say === undefined
    const course = new Course(world, trace, keptByUs(world), say && ((text) => world.say(text)))
    world.onSight = (sight) => seeOurs(sight, world, course.meter)
    const figures = await course.play((ms, each) => world.run(ms, each))
    for (const line of world.takeLines()) say?.(line)
    return figures
  })
}

function seeOurs(sight: Sight, world: World, meter: Meter): void {
  if (sight.kind !== 'commit') return
  const { before, after } = sight
  const { transition } = after
  if (transition?.kind !== 'failover' || transition.phase !== 'running') return
  const isNew = before?.transition?.id !== transition.id || before.transition.phase === 'waiting'
  if (isNew && transition.trigger !== 'OnAdminRequest') meter.seeFailover(world.node(NAMES[transition.from]).host)
}

/** An operator of ours goes by the status; where the control plane is out of reach, he is, too. */
function keptByUs(world: World): Omit<Kept, 'hosts'> {
  const { cloud, timeline } = world
  const waitsForFallback = ({ transition }: Group) => transition?.kind === 'fallback' && transition.phase === 'waiting'
  return {
    isHome: () => isHome(cloud.group),
    waitsForFallback: () => waitsForFallback(cloud.group),
    bringHome: async () => {
      const { allowed } = statusOf(cloud.group, '', timeline.nowMs)
      const wanted =
        allowed.find(({ action }) => action === 'fallback') ?? allowed.find(({ action }) => action === 'recovery')
      if (!wanted) return false
      return cloud.ask(wanted.action, wanted.node).then(
        () => true,
        (error) => {
          if (error instanceof ProblemError || error instanceof Unavailable) return false
          throw error
        },
      )
    },
  }
}

/** The model of a pair without a control plane. */
export const playPeerToPeer: Player = async (trace, say) => {
  const world = new PeerToPeerWorld(NAMES, trace.parameters)
  await world.settle()
  const tell = say && ((text: string) => say(`${world.clock()}  ${text}`))
  if (tell) world.say = tell
  const course = new Course(world, trace, keptByPeers(world), tell)
  world.onChange = (by, { states, reason }) => {
    const from = states.indexOf('FailingOver')
    const isNew = from >= 0 && by.record.states[from] !== 'FailingOver'
    if (isNew && reason !== 'OnAdminRequest') course.meter.seeFailover(world.nodes[from]?.host ?? by.host)
  }
  return course.play((ms, each) => world.timeline.run(ms, each))
}

function keptByPeers(world: PeerToPeerWorld): Omit<Kept, 'hosts'> {
  return {
    isHome: () => world.nodes.every(({ record }) => record.states.every((state) => state === 'Normal')),
    waitsForFallback: () => world.nodes.some(({ answering }) => answering?.waitsForFallback ?? false),
    bringHome: async () => {
      const possible = world.possible()
      const wanted =
        possible.find(({ action }) => action === 'fallback') ?? possible.find(({ action }) => action === 'recovery')
      if (!wanted) return false
      const node = wanted.action === 'recovery' ? undefined : NAMES[wanted.node]
      return (await world.keeper.ask(wanted.action, node)) === true
    },
  }
}
