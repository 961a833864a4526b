import { CommanderError } from 'commander'
import { inThreads } from '../simulation/threads.ts'
import { HOURS_PER_GROUP, type Options, readArguments } from './arguments.ts'
import { type GroupOrder, type GroupReport, traceOfGroup } from './group-thread.ts'
import { MIXES, type MixName } from './mix.ts'
import { type Player, playPeerToPeer, playUnderstudy } from './play.ts'
import { Progress } from './progress.ts'
import { tableOf } from './table.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const mixesOf = ({ mix }: Options): MixName[] => (mix ? [mix] : (Object.keys(MIXES) as MixName[]))

async function compareAll(options: Options): Promise<void> {
  const { seed, hours, threads } = options
  const groups = Math.ceil(hours / HOURS_PER_GROUP)
  const mixes = mixesOf(options)
  const orders = mixes.flatMap((mix) =>
    Array.from({ length: groups }, (_, group): GroupOrder => ({ seed, mix, group, hours: HOURS_PER_GROUP })),
  )
  say(`seed ${seed}, ${groups * HOURS_PER_GROUP} group-hours of each mix of faults: ${mixes.join(', ')}`)
  const progress = new Progress(process.stdout, orders.length * HOURS_PER_GROUP)
  const reports: GroupReport[] = []
  const script = new URL('./group-thread.ts', import.meta.url)
  const onReport = (report: GroupReport) => {
    reports.push(report)
    progress.take(report.hours)
    return false
  }
  const ofLost = ({ mix, group }: GroupOrder, error: Error): never => {
    throw new Error(`${mix}, group ${group}: ${error.message}`, { cause: error })
  }
  await inThreads({ script, orders: orders.values(), threads, onReport, ofLost })
  progress.end()
  say(`\n${tableOf(reports).join('\n')}\n`)
  say(`npm run compare -- --seed ${seed} --hours ${hours}${options.mix ? ` --mix ${options.mix}` : ''}`)
}

/** What happened in one group, to either system, in the words of the scenarios. */
async function tellGroup(options: Options, group: number): Promise<void> {
  for (const mix of mixesOf(options)) {
    const trace = traceOfGroup({ seed: options.seed, mix, group, hours: HOURS_PER_GROUP })
    const tell = async (system: string, play: Player) => {
      say(`\n${system}: seed ${options.seed}, ${mix}, group ${group}`)
      say(JSON.stringify(await play(trace, say)))
    }
    await tell('Understudy', playUnderstudy)
    await tell('Peer to peer', playPeerToPeer)
  }
}

async function main(): Promise<number> {
  try {
    const options = readArguments(process.argv.slice(2))
    if (options.group === undefined) await compareAll(options)
    else await tellGroup(options, options.group)
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

process.exitCode = await main()
