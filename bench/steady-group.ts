import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient, UpdateItemCommand, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { eventOf } from '../apps/stage/gateway-event.ts'
import { createRouter } from '../apps/stage/gateway-routes.ts'
import type { LambdaFunction } from '../apps/stage/lambda.ts'
import { invokeLambda } from '../apps/stage/lambda.ts'
import type { Heartbeat, HeartbeatAnswer } from '../domain/contract/heartbeat.ts'
import routes from '../domain/routes.json' with { type: 'json' }
import { DEFAULT_CRITICAL_SERVICES, DEFAULT_SERVICE_PARAMETERS } from '../domain/settings.ts'
import { requireEnv } from '../functions/adapters/environment.ts'
import { createGroupStore } from '../functions/adapters/group-store.ts'
import { principalHash, principalsOf } from '../functions/adapters/principal.ts'

/** Names of the length that a real installation has: hosts of 30 characters, nodes of 12. */
export const CLUSTER = 'presence-eu-central'
export const GROUP = 'redundancy-group-042'
export const NODES = ['imp-node-041', 'imp-node-042'] as const
const hostOf = (node: string) => `${node}.voice.example.com`
const arnOf = (node: string) => `arn:aws:iam::123456789012:user/presence-nodes/${node}`
const OPERATOR = 'arn:aws:iam::123456789012:user/operator'

/** Only while the group is set up: nodes must have been heard for two intervals before they may be Normal. */
const SHORT = { keepAliveTimeoutSeconds: 2, keepAliveIntervalSeconds: 0.3, initializationKeepAliveTimeoutSeconds: 2 }
const SETTLE_LIMIT_MS = 20_000
const LOOK_MS = 50

const route = createRouter(routes)
const handlers = new Map<string, Promise<LambdaFunction>>()

/** The handlers read their environment as they are loaded, so it must be in place before. */
function handlerOf(name: string): Promise<LambdaFunction> {
  const loaded = handlers.get(name) ?? import(`../functions/handlers/${name}.ts`).then((module) => module.handler)
  handlers.set(name, loaded)
  return loaded
}

function eventFor(method: string, path: string, body: unknown, userArn: string): { event: object; handler: string } {
  const found = route(method, path)
  if (!found) throw new Error(`there is no route ${method} ${path}`)
  const event = eventOf(
    {
      method,
      rawPath: path,
      rawQueryString: '',
      headers: { 'content-type': 'application/json', host: 'api.example.com', 'user-agent': 'understudy-agent/0.1.0' },
      body: Buffer.from(JSON.stringify(body)),
    },
    {
      path,
      route: found,
      identity: { name: 'bench', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: '', userArn, role: 'agent' },
      requestId: randomUUID(),
      accountId: '123456789012',
      protocol: 'HTTP/1.1',
    },
  )
  return { event, handler: found.function }
}

async function call<Answer>(method: string, path: string, body: unknown, userArn = OPERATOR): Promise<Answer> {
  const { event, handler } = eventFor(method, path, body, userArn)
  const result = (await invokeLambda(await handlerOf(handler), event, { name: handler })) as {
    statusCode: number
    body?: string
  }
  if (result.statusCode >= 300) throw new Error(`${method} ${path}: ${result.statusCode} ${result.body}`)
  return JSON.parse(result.body ?? 'null')
}

/** What a node's agent knows. */
interface Agent {
  node: string
  sequence: number
  bootId: string
  epoch: number
  serve: string[]
  group: string | undefined
  answeredAtMs: number | null
  startedAtMs: number
}

/**
 * A group of two nodes with the default services in steady state: set up through the real handlers, over the store that
 * the environment leads to, with the field's own parameters.
 */
export class SteadyGroup {
  readonly #agents: Agent[] = NODES.map((node) => ({
    node,
    sequence: 0,
    bootId: randomUUID(),
    epoch: 0,
    serve: [],
    group: undefined,
    answeredAtMs: null,
    startedAtMs: performance.now() - 3_600_000,
  }))

  static async create(): Promise<SteadyGroup> {
    const group = new SteadyGroup()
    const cluster = `/clusters/${CLUSTER}`
    await call('PUT', cluster, { databasePublisher: hostOf('imp-node-001'), serviceParameters: SHORT })
    for (const node of NODES) {
      const body = { hostName: hostOf(node), softwareVersion: '15.0.1', principal: arnOf(node) }
      await call('PUT', `${cluster}/nodes/${node}`, body)
    }
    const path = `${cluster}/groups/${GROUP}`
    await call('PUT', path, { nodes: NODES })
    await group.#both()
    await group.#both()
    await call('PUT', `${path}/high-availability`, { enabled: true })
    const endMs = performance.now() + SETTLE_LIMIT_MS
    while (!(await group.#both()).every(({ state }) => state === 'Normal')) {
      if (performance.now() > endMs) throw new Error('the group did not come to rest')
      await sleep(LOOK_MS)
    }
    const { keepAliveTimeoutSeconds, keepAliveIntervalSeconds, initializationKeepAliveTimeoutSeconds } =
      DEFAULT_SERVICE_PARAMETERS
    const parameters = { keepAliveTimeoutSeconds, keepAliveIntervalSeconds, initializationKeepAliveTimeoutSeconds }
    await call('PATCH', `${cluster}/service-parameters`, parameters)
    await group.#both()
    await group.#both()
    return group
  }

  /** The next heartbeat of a node. */
  heartbeat(index: 0 | 1): Heartbeat {
    const agent = this.#agents[index] as Agent
    agent.sequence++
    const forMs = Math.round(performance.now() - agent.startedAtMs)
    return {
      ...(agent.group === undefined ? {} : { group: agent.group }),
      incarnation: 7,
      sequence: agent.sequence,
      bootId: agent.bootId,
      sentAtMs: Date.now(),
      epoch: agent.epoch,
      ...(agent.answeredAtMs === null ? {} : { answeredMsAgo: performance.now() - agent.answeredAtMs }),
      softwareVersion: '15.0.1',
      services: Object.fromEntries(DEFAULT_CRITICAL_SERVICES.map((name) => [name, { state: 'running', forMs }])),
      database: { state: 'running', forMs },
      replicationSetup: 2,
      gate: { open: agent.serve, kind: 'nftables' },
    }
  }

  /** Its event, as API Gateway hands it to Lambda. */
  event(index: 0 | 1): object {
    const node = NODES[index]
    const path = `/clusters/${CLUSTER}/nodes/${node}/heartbeats`
    return eventFor('POST', path, this.heartbeat(index), arnOf(node)).event
  }

  /** The one call to the store that the next heartbeat takes. */
  async update(index: 0 | 1): Promise<UpdateItemCommandInput> {
    const heartbeat = this.heartbeat(index)
    let input: UpdateItemCommandInput | undefined
    const recorder = {
      send: async (command: UpdateItemCommand) => {
        input = command.input
        return {}
      },
    }
    const groups = createGroupStore(recorder as unknown as DynamoDBClient, requireEnv('GROUPS_TABLE'))
    const key = { cluster: CLUSTER, group: GROUP }
    const principals = principalsOf(arnOf(NODES[index])).map(principalHash)
    await groups.acceptSteady(key, NODES[index], heartbeat, principals, Date.now())
    return input as UpdateItemCommandInput
  }

  /** Posts the next heartbeat of a node, and takes its answer as an agent does. */
  async beat(index: 0 | 1): Promise<HeartbeatAnswer> {
    const agent = this.#agents[index] as Agent
    const node = NODES[index]
    const sentAtMs = performance.now()
    const path = `/clusters/${CLUSTER}/nodes/${node}/heartbeats`
    const answer = await call<HeartbeatAnswer>('POST', path, this.heartbeat(index), arnOf(node))
    agent.group = answer.group
    agent.epoch = answer.epoch
    agent.serve = answer.serve
    agent.answeredAtMs = sentAtMs
    return answer
  }

  async #both(): Promise<HeartbeatAnswer[]> {
    return [await this.beat(0), await this.beat(1)]
  }
}
