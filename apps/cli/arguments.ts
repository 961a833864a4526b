import { InvalidArgumentError, Option } from 'commander'
import { CAPACITY_CLASSES } from '../../domain/re-login.ts'

/** Parsers of what stands on the command line; commander turns their errors into messages. */

/** A name of something in the API: what no path can carry is none. */
export function name(value: string): string {
  if (['', '.', '..'].includes(value)) throw new InvalidArgumentError('It is not a name.')
  return value
}

/** A length of time in seconds. */
export function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number > 0 && Number.isFinite(number)) return number
  throw new InvalidArgumentError('It must be a number of seconds above 0.')
}

/** How many of something, from 1 on. */
export function count(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

export function percent(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 1 && number <= 100) return number
  throw new InvalidArgumentError('It must be a number from 1 to 100.')
}

/** What a header can carry. */
export function idempotencyKey(value: string): string {
  if (/^[!-~]{1,255}$/.test(value)) return value
  throw new InvalidArgumentError('It must be 1 to 255 printable ASCII characters without spaces.')
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A point in time to come, given as one or as how long until then. */
export function later(value: string): Date {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(value) ?? []
  const at = unit ? Date.now() + Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS] : Date.parse(value)
  if (at > Date.now()) return new Date(at)
  throw new InvalidArgumentError(
    'It must be a time to come such as 2026-01-31T23:59:00Z, or how long: 30s, 10m, 2h, 1d.',
  )
}

/** A point in time, given as one or as how long ago it was. */
export function moment(value: string): Date {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(value) ?? []
  const at = unit ? Date.now() - Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS] : Date.parse(value)
  if (!Number.isNaN(at)) return new Date(at)
  throw new InvalidArgumentError('It must be a time such as 2026-01-31T23:59:00Z, or how long ago: 30s, 10m, 2h, 1d.')
}

const DEFAULT_WAIT_SECONDS = 600

/** `--wait`, or `--wait=30` for no longer than that. */
export const waitOption = (description: string): Option =>
  new Option('--wait [seconds]', description).preset(String(DEFAULT_WAIT_SECONDS)).argParser(seconds)

/** The older name of `--wait=<seconds>`, which scripts use. */
export const timeoutOption = (): Option => new Option('--timeout <seconds>').argParser(seconds).hideHelp()

/** A bare `--wait` takes nothing of what stands behind it but a number: `failover --wait pair a` is what it looks like. */
export const withWait = (argv: string[]): string[] =>
  argv.map((word, index) =>
    word === '--wait' && !/^\d+(\.\d+)?$/.test(argv[index + 1] ?? '') ? `--wait=${DEFAULT_WAIT_SECONDS}` : word,
  )

/** A limit of the time that a disconnected client waits, in seconds. */
export function waitLimit(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0 && number <= 3600) return number
  throw new InvalidArgumentError('It must be a number of seconds from 0 to 3600.')
}

/** How many users a node is made for, by the vendor's classes. */
export function capacityClass(value: string): number {
  const users = Number(value)
  if (CAPACITY_CLASSES.includes(users)) return users
  throw new InvalidArgumentError(`It must be one of ${CAPACITY_CLASSES.join(', ')}.`)
}
