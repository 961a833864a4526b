import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import type { FaultTrace } from './faults.ts'
import type { GroupOrder } from './group-thread.ts'

export interface Options {
  seed: string
  groups: number
  hours: number
  /** One group alone. */
  group?: number
  /** A trace, to be played instead. */
  trace?: FaultTrace
  /** What ever failed. */
  seeds: KnownSeed[]
  threads: number
  untilFailure: boolean
  shrink: boolean
  transcript: boolean
}

/** A seed that once failed. */
export interface KnownSeed extends GroupOrder {
  why: string
}

/** A file of the command line, as JSON in which `fits` finds what it needs. */
const fileOf =
  <Content>(fits: (content: Content) => boolean) =>
  (path: string): Content => {
    try {
      const content = JSON.parse(readFileSync(path, 'utf8')) as Content
      if (fits(content)) return content
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
    throw new InvalidArgumentError('The file has something else in it.')
  }

function count(value: string): number {
  if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value)
  throw new InvalidArgumentError('It must be a whole number above 0.')
}

function number(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('It must be the number of a group, from 0 on.')
}

function hours(value: string): number {
  const parsed = Number(value)
  if (value.trim() !== '' && parsed > 0 && parsed <= 1000) return parsed
  throw new InvalidArgumentError('It must be a number of hours above 0, at most 1000.')
}

function seed(value: string): string {
  if (/^[\w.-]{1,64}$/.test(value)) return value
  throw new InvalidArgumentError('It must be 1 to 64 letters, digits and _ . -.')
}

const NOTES = `
A failing group is shrunk to what its failure needs, and told in the words of the scenarios. It replays alone:
  npm run simulate -- --seed 42 --hours 4 --group 17 --transcript
Exit codes: 0 all invariants held, 1 one did not (it is named on the error output), 2 wrong usage.`

/** Reads the command line; commander prints what is wrong with it, and throws. */
export function readArguments(argv: string[]): Options {
  const program = new Command('simulate')
    .description('Plays faults that a seed draws to simulated groups, and watches over what must always hold.')
    .option('--seed <seed>', 'what chance is drawn from; a fresh one is printed otherwise', seed, freshSeed())
    .option('--groups <count>', 'how many groups', count, 100)
    .option('--hours <hours>', 'how many hours of each group', hours, 4)
    .option('--group <number>', 'only this one of the groups, from 0 on', number)
    .option(
      '--trace <file>',
      'plays the faults of a file, as a failure prints them',
      fileOf<FaultTrace>(({ phases, seed }) => Array.isArray(phases) && typeof seed === 'string'),
    )
    .option('--seeds <file>', 'plays all seeds of a file before the others', fileOf<KnownSeed[]>(Array.isArray), [])
    .option('--threads <count>', 'how many at a time', count, availableParallelism())
    .option('--until-failure', 'goes on with further groups until an invariant does not hold', false)
    .option('--no-shrink', 'tells a failure as it was found')
    .option('--transcript', 'tells all that happened; of one group or a trace', false)
    .addHelpText('after', NOTES)
    .allowExcessArguments(false)
    .exitOverride()
  program.parse(argv, { from: 'user' })
  const options = program.opts<Options>()
  if (options.transcript && options.group === undefined && options.trace === undefined) {
    program.error("error: option '--transcript' needs '--group' or '--trace'")
  }
  return options
}

const freshSeed = (): string => Math.floor(Math.random() * 2 ** 32).toString(36)
