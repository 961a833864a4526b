import { readFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import * as z from 'zod'
import type { OrderOutcome, ServeRequest } from '../operator-orders.ts'
import { isAlive, processIdentity } from '../services/process.ts'
import { readAdminFile } from './admin-file.ts'
import type { AgentStatus } from './admin-status.ts'
import type { WanResult } from './wan-check.ts'

/** Exit codes of the commands that ask a running agent. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, noAgent: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command with one clear line. */
export class AdminError extends Error {
  override name = 'AdminError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Longer than a wan-check takes in the worst case. */
const LIMIT_MS = 30_000

/** The running agent of one configuration file, as an operator on the host asks it. */
export class AdminClient {
  readonly #config: { file: string; stateFolder: string }

  constructor(config: { file: string; stateFolder: string }) {
    this.#config = config
  }

  status(): Promise<AgentStatus> {
    return this.#ask('GET', '/status')
  }

  fence(): Promise<OrderOutcome> {
    return this.#ask('POST', '/fence')
  }

  release(): Promise<OrderOutcome> {
    return this.#ask('POST', '/release')
  }

  serve(request: ServeRequest & { node: string }): Promise<OrderOutcome> {
    return this.#ask('POST', '/serve', request)
  }

  wanCheck(): Promise<WanResult> {
    return this.#ask('POST', '/wan-check')
  }

  /** Of a client of this node, or of a subscription; answers as the control plane did. */
  tell(method: 'PUT' | 'DELETE', what: 'sessions' | 'subscriptions', body: object): Promise<object> {
    return this.#ask(method, `/${what}`, body)
  }

  async #ask<Answer>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', route: string, body?: unknown): Promise<Answer> {
    const { address, port, token } = this.#running()
    const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
    const { status, text } = await exchange({ host, port, method, path: route }, token, body)
    const answer = JSON.parse(text) as Answer & { error?: string; said?: string }
    if (status === 200) return answer
    const exitCode = status === 409 ? EXIT.refused : status === 400 ? EXIT.usage : EXIT.failed
    throw new AdminError(exitCode, answer.error ?? answer.said ?? `the agent answers with status ${status}`)
  }

  #running() {
    const { file, stateFolder } = this.#config
    const found = readAdminFile(stateFolder)
    if (found && isAlive(found.agent)) return found
    const agent = agentOfJournal(stateFolder)
    if (agent === undefined) throw new AdminError(EXIT.noAgent, `no agent runs with ${file}`)
    const problem = `the agent runs (process ${agent.pid}), but its admin port is not open: its log says why`
    throw new AdminError(EXIT.failed, problem)
  }
}

const journalFile = z.object({ agent: processIdentity })

/** The process that has the journal open. */
function agentOfJournal(stateFolder: string): z.infer<typeof processIdentity> | undefined {
  try {
    const { agent } = journalFile.parse(JSON.parse(readFileSync(path.join(stateFolder, 'journal.json'), 'utf8')))
    return isAlive(agent) ? agent : undefined
  } catch {
    return undefined
  }
}

function exchange(
  options: http.RequestOptions,
  token: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const text = body === undefined ? '' : JSON.stringify(body)
  // Node says the length of itself for methods alone that usually have a body.
  const headers = { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(text) }
  const request = http.request({ ...options, headers, timeout: LIMIT_MS }, async (response) => {
    const answer = (await response.setEncoding('utf8').toArray()).join('')
    resolve({ status: response.statusCode ?? 0, text: answer })
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)))
  request.on('error', ({ message }) =>
    reject(
      new AdminError(EXIT.failed, `the agent does not answer on ${options.host} port ${options.port}: ${message}`),
    ),
  )
  request.end(text)
  return promise
}
