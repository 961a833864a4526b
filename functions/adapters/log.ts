import type { Logger } from '@aws-lambda-powertools/logger'
import { invocation } from './invocation.ts'

export type Fields = Record<string, unknown>

let logger: Promise<Logger> | undefined

/** Loaded with the first line: a steady heartbeat has none, and at a cold start no time for it. */
function load(): Promise<Logger> {
  logger ??= import('@aws-lambda-powertools/logger').then((powertools) => new powertools.Logger())
  return logger
}

/** One line of JSON: what happened, to whom, and in which invocation. */
export async function info(message: string, fields: Fields = {}): Promise<void> {
  const log = await load()
  log.info(message, { ...invocation(), ...fields })
}

/** The same of what went wrong, with the error whole: its stack and its causes. */
export async function failure(message: string, error: unknown, fields: Fields = {}): Promise<void> {
  const log = await load()
  log.error(message, { ...invocation(), ...fields, error: error instanceof Error ? error : new Error(String(error)) })
}
