import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { MIXES, type MixName } from './mix.ts'

/** How long each group is played; the same for all, so that groups weigh the same. */
export const HOURS_PER_GROUP = 10

export interface Options {
  seed: string
  /** Of each mix of faults. */
  hours: number
  mix?: MixName
  group?: number
  threads: number
}

function hours(value: string): number {
  if (/^\d{1,6}$/.test(value) && Number(value) >= HOURS_PER_GROUP) return Number(value)
  throw new InvalidArgumentError(`It must be a whole number of hours, at least ${HOURS_PER_GROUP}.`)
}

function number(value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('It must be a whole number.')
}

function seed(value: string): string {
  if (/^[\w.-]{1,64}$/.test(value)) return value
  throw new InvalidArgumentError('It must be 1 to 64 letters, digits and _ . -.')
}

const NOTES = `
The same seed and hours print the same table. What happened in one group, to both systems:
  npm run compare -- --seed 1 --mix links --group 3
Exit codes: 0 the table was printed, 1 something broke (that two nodes of ours serve the same users does), 2 wrong usage.`

/** Reads the command line; commander prints what is wrong with it, and throws. */
export function readArguments(argv: string[]): Options {
  const program = new Command('compare')
    .description('Plays the same faults to our system and to a model of a pair whose nodes judge each other.')
    .option('--seed <seed>', 'what chance is drawn from', seed, '1')
    .option('--hours <hours>', `group-hours of each mix of faults, in groups of ${HOURS_PER_GROUP}`, hours, 1000)
    .addOption(new Option('--mix <name>', 'only this mix of faults').choices(Object.keys(MIXES)))
    .option('--group <number>', 'tells what happened in one of the groups, from 0 on', number)
    .option('--threads <count>', 'how many at a time', number, availableParallelism())
    .addHelpText('after', NOTES)
    .allowExcessArguments(false)
    .exitOverride()
  program.parse(argv, { from: 'user' })
  return program.opts<Options>()
}
