import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sha256 } from '@aws-crypto/sha256-js'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Identity } from '../../apps/stage/identities.ts'
import type { Stage } from '../../apps/stage/stage.ts'
import { LOG_FILE, startStage } from '../../apps/stage/stage.ts'
import { createBrakeStore } from '../../functions/adapters/brake-store.ts'
import { createClusterStore } from '../../functions/adapters/cluster-store.ts'
import { createCountStore } from '../../functions/adapters/count-store.ts'
import { createGroupStore } from '../../functions/adapters/group-store.ts'
import { createHistoryStore } from '../../functions/adapters/history-store.ts'
import { createSessionStore } from '../../functions/adapters/session-store.ts'
import { createSubscriptionStore } from '../../functions/adapters/subscription-store.ts'
import { createUserStore } from '../../functions/adapters/user-store.ts'
import { enforceGrants } from './grants.ts'

export interface Answer {
  status: number
  headers: Record<string, string>
  // biome-ignore lint/suspicious/noExplicitAny: each test says itself what it expects of an answer
  body: any
}

export interface CallOptions {
  headers?: Record<string, string>
  /** As it is, where JSON is not what is sent. */
  text?: string
}

// biome-ignore lint/suspicious/noExplicitAny: each test says itself what it expects of a line
export type LogLine = Record<string, any>

/**
 * The real handlers behind the stage's gateway, in this process, with nothing configured yet. They may do what
 * infra/functions.ts grants them, and nothing else.
 */
export class Api {
  readonly #stage: Stage
  readonly #dataFolder: string
  /** What goes wrong in the stage without an answer that says so; a test may listen. */
  readonly told: { onError: (where: string, error: unknown) => void }
  readonly #client = new DynamoDBClient({})

  readonly grants = enforceGrants()

  private constructor(stage: Stage, dataFolder: string, told: { onError: (where: string, error: unknown) => void }) {
    this.#stage = stage
    this.told = told
    this.#dataFolder = dataFolder
  }

  static async start(): Promise<Api> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'understudy-api-'))
    const told = { onError: (where: string, error: unknown) => console.error(where, error) }
    const onError = (error: unknown, where: string) => told.onError(where, error)
    const { env: environment } = process
    const how = { port: 0, consolePort: null, sweepIntervalMs: 3_600_000 }
    const stage = await startStage({ ...how, dataFolder, environment, onError })
    return new Api(stage, dataFolder, told)
  }

  get dataFolder(): string {
    return this.#dataFolder
  }
  get endpoint(): string {
    return this.#stage.endpoint
  }
  get groups() {
    return createGroupStore(this.#client, 'understudy-groups')
  }
  get clusters() {
    return createClusterStore(this.#client, 'understudy-clusters')
  }
  get history() {
    return createHistoryStore(this.#client, { table: 'understudy-history', keptDays: 400 })
  }
  get brake() {
    return createBrakeStore(this.#client, 'understudy-brake')
  }
  get users() {
    return createUserStore(this.#client, 'understudy-users')
  }
  get sessions() {
    return createSessionStore(this.#client, 'understudy-sessions')
  }
  get subscriptions() {
    return createSubscriptionStore(this.#client, 'understudy-sessions')
  }
  get counts() {
    return createCountStore(this.#client, 'understudy-users')
  }

  async putItem(table: string, item: Record<string, AttributeValue>): Promise<void> {
    await this.#client.send(new PutItemCommand({ TableName: table, Item: item }))
  }
  async deleteItem(table: string, key: Record<string, AttributeValue>): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: table, Key: key }))
  }

  get bus() {
    return this.#stage.bus
  }
  sweep(): Promise<void> {
    return this.#stage.sweep()
  }
  /** All lines that the functions have logged. */
  async log(): Promise<LogLine[]> {
    const text = await readFile(join(this.#dataFolder, LOG_FILE), 'utf8')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  async agent(name: string): Promise<Identity> {
    return this.#stage.identities.addAgent(name)
  }

  /** A call of the operator's, or of another's: `as` is a name among the identities. */
  async call(method: string, target: string, body?: unknown, options: CallOptions & { as?: string } = {}) {
    const identity = this.#stage.identities.list().find(({ name }) => name === (options.as ?? 'operator'))
    if (!identity) throw new Error(`there is no identity ${options.as}`)
    const text = options.text ?? (body === undefined ? undefined : JSON.stringify(body))
    return send(new URL(target, this.#stage.endpoint), method, identity, text, options.headers)
  }

  get = (target: string, options?: CallOptions & { as?: string }) => this.call('GET', target, undefined, options)
  put = (target: string, body: unknown, headers: Record<string, string> = {}) =>
    this.call('PUT', target, body, { headers })
  patch = (target: string, body: unknown, headers: Record<string, string> = {}) =>
    this.call('PATCH', target, body, { headers })
  post = (target: string, body: unknown, headers: Record<string, string> = {}) =>
    this.call('POST', target, body, { headers })
  delete = (target: string, headers: Record<string, string> = {}) => this.call('DELETE', target, undefined, { headers })

  /** A cluster with nodes alike, each the principal of the agent of its own name, in groups of these. */
  async configure(cluster: string, groups: Record<string, string[]>, serviceParameters: object = {}): Promise<string> {
    const path = `/clusters/${cluster}`
    await expectStatus(200, this.put(path, { databasePublisher: 'publisher', serviceParameters }))
    for (const [group, nodes] of Object.entries(groups)) {
      for (const node of nodes) {
        const { userArn } = await this.agent(node)
        await expectStatus(200, this.put(`${path}/nodes/${node}`, aNode({ principal: userArn })))
      }
      await expectStatus(200, this.put(`${path}/groups/${group}`, { nodes }))
    }
    return path
  }

  async end(): Promise<void> {
    this.#client.destroy()
    await this.#stage.close()
    this.grants.end()
    await rm(this.#dataFolder, { recursive: true, force: true })
    expect(this.grants.denied).toEqual([])
  }
}

export const PRINCIPAL = 'arn:aws:iam::000000000000:user/somebody'
export const aNode = (different: object = {}) => ({
  hostName: 'node.example.com',
  softwareVersion: '15.0',
  principal: PRINCIPAL,
  ...different,
})

export async function expectStatus(status: number, answer: Promise<Answer>): Promise<Answer> {
  const found = await answer
  expect({ status: found.status, body: found.body }).toEqual({ status, body: found.body })
  return found
}

async function send(
  url: URL,
  method: string,
  credentials: Identity,
  body: string | undefined,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const signer = new SignatureV4({ service: 'execute-api', region: 'us-east-1', sha256: Sha256, credentials })
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const { host: _, ...rest } = signed.headers
  const response = await fetch(url, { method, headers: rest, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isJson && text !== '' ? JSON.parse(text) : text,
  }
}
