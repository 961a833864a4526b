import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient, UpdateItemCommand, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { createClient } from '../apps/client/node-client.ts'
import type { SignedClient } from '../apps/client/signed-client.ts'
import type { Heartbeat, HeartbeatAnswer } from '../domain/contract/heartbeat.ts'
import { createGroupStore } from '../functions/adapters/group-store.ts'
import { principalHash, principalsOf } from '../functions/adapters/principal.ts'
import type { Caller } from '../test/deployment/callers.ts'
import { CLUSTER, GROUP, NODES, SteadyGroup } from './steady-group.ts'

/** Only while the group is set up, as in the other benchmarks; then the field's own parameters. */
const SHORT = { keepAliveTimeoutSeconds: 4, keepAliveIntervalSeconds: 0.5, initializationKeepAliveTimeoutSeconds: 4 }
const FIELD = { keepAliveTimeoutSeconds: 60, keepAliveIntervalSeconds: 15, initializationKeepAliveTimeoutSeconds: 120 }
const SETTLE_LIMIT_MS = 60_000
const LOOK_MS = 100
const cluster = `/clusters/${CLUSTER}`

interface Access {
  endpoint: string
  region: string
  operator: Caller
  /** Of the nodes, in their order. */
  nodes: [Caller, Caller]
}

/** A group of two nodes in steady state, set up and kept alive through a deployed API. */
export class DeployedGroup {
  readonly #heartbeats = new SteadyGroup()
  readonly #arns: string[]
  readonly #clients: SignedClient[]
  readonly #learned: { group?: string; epoch: number; open: string[]; atMs?: number }[]

  private constructor({ endpoint, region, nodes }: Access) {
    this.#arns = nodes.map(({ arn }) => arn)
    this.#clients = nodes.map(({ credentials }) => createClient({ endpoint, region, credentials }))
    this.#learned = nodes.map(() => ({ epoch: 0, open: [] }))
  }

  static async create(access: Access): Promise<DeployedGroup> {
    const { endpoint, region, operator, nodes } = access
    const group = new DeployedGroup(access)
    const client = createClient({ endpoint, region, credentials: operator.credentials })
    const put = (path: string, body: unknown) => client.request({ method: 'PUT', path, body })
    await put(cluster, { databasePublisher: 'imp-node-001.voice.example.com', serviceParameters: SHORT })
    for (const [index, node] of NODES.entries()) {
      const hostName = `${node}.voice.example.com`
      await put(`${cluster}/nodes/${node}`, { hostName, softwareVersion: '15.0.1', principal: nodes[index]?.arn })
    }
    await put(`${cluster}/groups/${GROUP}`, { nodes: NODES })
    await group.both()
    await group.both()
    await put(`${cluster}/groups/${GROUP}/high-availability`, { enabled: true })
    const endMs = performance.now() + SETTLE_LIMIT_MS
    while (!(await group.both()).every(({ state }) => state === 'Normal')) {
      if (performance.now() > endMs) throw new Error('the group did not come to rest')
      await sleep(LOOK_MS)
    }
    await client.request({ method: 'PATCH', path: `${cluster}/service-parameters`, body: FIELD })
    await group.both()
    await group.both()
    return group
  }

  heartbeat(index: 0 | 1): Heartbeat {
    const learned = this.#learned[index]
    if (!learned) throw new Error('there is no such node')
    const { group, epoch, open, atMs } = learned
    return {
      ...this.#heartbeats.heartbeat(index),
      ...(group === undefined ? {} : { group }),
      ...(atMs === undefined ? {} : { answeredMsAgo: performance.now() - atMs }),
      epoch,
      gate: { open, kind: 'nftables' },
    }
  }

  /** Posts the next heartbeat of a node, and takes its answer as an agent does. */
  async beat(index: 0 | 1, heartbeat = this.heartbeat(index)): Promise<HeartbeatAnswer> {
    const atMs = performance.now()
    const path = `${cluster}/nodes/${NODES[index]}/heartbeats`
    const { body } = await (this.#clients[index] as SignedClient).request<HeartbeatAnswer>({
      method: 'POST',
      path,
      body: heartbeat,
    })
    const { group, epoch, serve } = body
    this.#learned[index] = { ...(group === undefined ? {} : { group }), epoch, open: serve, atMs }
    return body
  }

  async both(): Promise<HeartbeatAnswer[]> {
    return [await this.beat(0), await this.beat(1)]
  }

  /** The one call to the store that the next heartbeat of a node takes. */
  async update(index: 0 | 1, table: string): Promise<UpdateItemCommandInput> {
    let input: UpdateItemCommandInput | undefined
    const recorder = {
      send: async (command: UpdateItemCommand) => {
        input = command.input
        return {}
      },
    }
    const groups = createGroupStore(recorder as unknown as DynamoDBClient, table)
    const principals = principalsOf(this.#arns[index] ?? '').map(principalHash)
    await groups.acceptSteady(
      { cluster: CLUSTER, group: GROUP },
      NODES[index],
      this.heartbeat(index),
      principals,
      Date.now(),
    )
    return input as UpdateItemCommandInput
  }
}
