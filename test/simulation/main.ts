import { CommanderError } from 'commander'
import { type Options, readArguments } from './arguments.ts'
import type { FaultTrace } from './faults.ts'
import { type Outcome, play } from './group-run.ts'
import { type GroupOrder, type GroupReport, lostReport, traceOf } from './group-thread.ts'
import { INVARIANTS, type InvariantName } from './invariants.ts'
import { Progress } from './progress.ts'
import { shrink } from './shrink.ts'
import { inThreads } from './threads.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** An invariant did not hold: it is named on the error output, and told in full before. */
async function tellFailure(invariant: InvariantName, what: string, trace: FaultTrace, { shrink: shrinks }: Options) {
  say(`\n${invariant}: ${INVARIANTS[invariant]}\n${what}`)
  const small = shrinks ? await shrink(trace, invariant) : trace
  const { transcript, broken } = await play(small, { transcript: true })
  say(`\nWhat happened${shrinks ? ', without what the failure does not need' : ''}:\n${transcript.join('\n')}`)
  say(`${broken?.invariant ?? 'nothing'}: ${broken?.message ?? 'it did not happen again'}`)
  say(`\nThe faults, to be kept in a file and played by --trace:\n${JSON.stringify(small)}`)
  process.stderr.write(`simulate: the invariant "${invariant}" does not hold\n`)
}

async function simulateTrace(trace: FaultTrace, options: Options): Promise<number> {
  const outcome = await play(trace, { transcript: options.transcript })
  return tellOne(outcome, trace, options)
}

async function simulateOne(order: GroupOrder, options: Options): Promise<number> {
  say(`seed ${order.seed}, group ${order.group}, ${order.hours} hours`)
  const trace = traceOf(order)
  return tellOne(await play(trace, { transcript: options.transcript, hours: order.hours }), trace, options)
}

async function tellOne(
  { broken, transcript, simulatedMs }: Outcome,
  trace: FaultTrace,
  options: Options,
): Promise<number> {
  if (transcript.length > 0) say(transcript.join('\n'))
  if (!broken) {
    say(`all invariants held for ${(simulatedMs / 3_600_000).toFixed(1)} hours`)
    return 0
  }
  await tellFailure(broken.invariant, broken.message, trace, options)
  return 1
}

function* ordersOf({ seed, groups, hours, untilFailure, seeds }: Options): Generator<GroupOrder> {
  yield* seeds
  for (let group = 0; group < groups || untilFailure; group++) yield { seed, group, hours }
}

async function simulateMany(options: Options): Promise<number> {
  const { seed, seeds, groups, hours, threads, untilFailure } = options
  say(`seed ${seed}, ${untilFailure ? 'groups' : `${groups} groups`} of ${hours} hours, ${threads} threads`)
  const progress = new Progress(process.stdout, groups + seeds.length)
  const failures: GroupReport[] = []
  const take = (report: GroupReport): boolean => {
    progress.take(report)
    if (report.broken) failures.push(report)
    return report.broken !== null
  }
  const script = new URL('./group-thread.ts', import.meta.url)
  await inThreads({ script, orders: ordersOf(options), threads, onReport: take, ofLost: lostReport })
  progress.end()
  const [failure] = failures
  if (!failure?.broken) return 0
  say(
    `\nseed ${failure.seed}, group ${failure.group}: replay with --seed ${failure.seed} --hours ${failure.hours} --group ${failure.group}`,
  )
  const { invariant, what } = failure.broken
  // What hung its thread would hang this one.
  if (failure.isLost) process.stderr.write(`simulate: "${invariant}", ${what}\n`)
  else await tellFailure(invariant, what, traceOf(failure), options)
  return 1
}

async function main(): Promise<number> {
  try {
    const options = readArguments(process.argv.slice(2))
    if (options.trace !== undefined) return await simulateTrace(options.trace, options)
    if (options.group !== undefined) return await simulateOne({ ...options, group: options.group }, options)
    return await simulateMany(options)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

// Whatever hangs leaves nothing for the process to wait for: it then ends with 1.
process.exitCode = 1
void main().then((exitCode) => {
  process.exitCode = exitCode
})
