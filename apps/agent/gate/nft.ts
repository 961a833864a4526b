import { spawn } from 'node:child_process'
import type { Environment } from '../services/start-service.ts'
import { GateError } from './gate.ts'

export interface NftSettings {
  /** The program, with arguments that go before ours. */
  command: readonly string[]
  timeLimitMs: number
  environment: Environment
}

/** The kernel refused: nothing of the batch was done. */
export class NftRefusal extends GateError {}

/** What hangs in the kernel does not even end when it is killed; nobody waits for it any longer than that. */
const KILL_GRACE_MS = 500
const OUTPUT_LIMIT_BYTES = 4_000_000

/** Carries out one batch: all of it, or nothing. */
export async function nftBatch(settings: NftSettings, lines: readonly string[]): Promise<void> {
  await nft(settings, ['-f', '-'], `${lines.join('\n')}\n`)
}

/** Lists one table as JSON; undefined where there is no such table. */
export async function nftTable(settings: NftSettings, table: string): Promise<unknown> {
  const listing = await nft(settings, ['--json', 'list', 'table', ...table.split(' ')]).catch((error) => {
    if (error instanceof NftRefusal && error.message.includes('No such file or directory')) return undefined
    throw error
  })
  return listing === undefined ? undefined : JSON.parse(listing)
}

/**
 * Runs nft, with `input` as its standard input. Throws `NftRefusal` where it says no, `GateError` where it cannot be run
 * or takes too long: then nobody knows whether the kernel has done it.
 */
function nft({ command, timeLimitMs, environment }: NftSettings, args: readonly string[], input = ''): Promise<string> {
  const [program = 'nft', ...first] = command
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  // What nft says is looked at, so it has to come in one language.
  const env = { ...environment, LC_ALL: 'C' }
  const child = spawn(program, [...first, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env })
  let said = ''
  let complaint = ''
  let unanswered: NodeJS.Timeout | undefined
  const tooLate = () => reject(new GateError(`nft did not answer within ${timeLimitMs} ms`))
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    unanswered = setTimeout(tooLate, KILL_GRACE_MS)
  }, timeLimitMs)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, OUTPUT_LIMIT_BYTES)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, OUTPUT_LIMIT_BYTES)
  })
  child.once('error', (error) => {
    clearTimeout(timer)
    reject(new GateError(`nft cannot be run: ${error.message}; install the package nftables`))
  })
  child.once('close', (code, signal) => {
    clearTimeout(timer)
    clearTimeout(unanswered)
    if (code === 0) resolve(said)
    else if (signal !== null) tooLate()
    else reject(new NftRefusal(`nft refused: ${firstLine(complaint)}`))
  })
  // It may end without reading; how it ends says why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return promise
}

const firstLine = (text: string): string => text.trim().split('\n')[0] || 'it gives no reason'
