import { readFileSync } from 'node:fs'
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn'
import type { Cluster } from '../../domain/cluster.ts'
import { project } from '../../domain/cluster.ts'
import { clusterSchema, nodeSchema, serviceParametersSchema } from '../../domain/contract/configuration.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import type { Group } from '../../domain/model.ts'
import type { ActionName } from '../../domain/status.ts'
import { createDispatch, type Dispatch } from '../../functions/adapters/dispatch.ts'
import type { GroupStore } from '../../functions/adapters/group-store.ts'
import type { HistoryEntry } from '../../functions/adapters/history-store.ts'
import { principalHash } from '../../functions/adapters/principal.ts'
import { ProblemError } from '../../functions/problem.ts'
import { acceptHeartbeat } from '../../functions/usecases/accept-heartbeat.ts'
import { applyStep, type ScheduleStepEvent, type StepEvent } from '../../functions/usecases/apply-step.ts'
import * as changing from '../../functions/usecases/change-group.ts'
import { command } from '../../functions/usecases/command.ts'
import { setHighAvailability } from '../../functions/usecases/high-availability.ts'
import { acknowledgeIncidents, type MaintenanceCall, maintain } from '../../functions/usecases/maintenance.ts'
import type { Observation, Observe } from '../../functions/usecases/observation.ts'
import { type ScheduleCall, schedule, unschedule } from '../../functions/usecases/schedules.ts'
import { sweep } from '../../functions/usecases/sweep.ts'
import { memoryClusterStore, memoryGroupStore, memoryHistoryStore } from './memory-stores.ts'
import type { Timeline } from './timeline.ts'
import { type Machine, WorkflowEngine } from './workflow.ts'

const MACHINES = ['failover', 'fallback', 'recovery', 'schedule'] as const
const arnOf = (machine: string) => `arn:aws:states:::stateMachine:${machine}`
const KEY = { cluster: 'c', group: 'pair' }
const SWEEP_INTERVAL_MS = 60_000

const definitionOf = (machine: string): Machine =>
  JSON.parse(readFileSync(new URL(`../../statemachines/${machine}.asl.json`, import.meta.url), 'utf8'))
const principalOf = (node: string) => `arn:aws:iam::111111111111:user/${node}`

const callers = new Map<string, { cluster: string; node: string; caller: string; principals: string[] }>()
/** A node as its agent calls. */
function callerOf(node: string) {
  const caller = principalOf(node)
  const known = callers.get(node) ?? { cluster: KEY.cluster, node, caller, principals: [principalHash(caller)] }
  callers.set(node, known)
  return known
}

/** The control plane is out of reach, or a Lambda of it died. */
export class Unavailable extends Error {
  override name = 'Unavailable'
}

/** What goes wrong within the control plane. */
export interface Troubles {
  /** So many of the next Lambdas that commit something die before they carry out what follows. */
  deathsAfterCommit: number
  /** So many carry it out, and die before they strike it off. */
  deathsAfterEffects: number
  /** Asked for each effect of a decision: whether it cannot be carried out now. */
  effectFails: () => boolean
  /** Asked for each call of a workflow: whether it fails although its work was done. */
  callFails: () => boolean
  /** Asked for each call of a workflow or of the schedule: whether it comes twice. */
  callsTwice: () => boolean
  /** Asked for each access to the table, while the timeline lets things interleave. */
  tableDelayMs: () => number
  /** Asked for each Lambda: how far its clock is off. */
  clockErrorMs: () => number
}

/**
 * The control plane over virtual time: the real use cases, the real workflows' files and the items' real format; tables,
 * bus and Step Functions in memory. A Lambda takes no time.
 */
export class Cloud {
  /** Nothing reaches it, and no Lambda of it runs. */
  isDown = false
  /** The fleet brake holds: too many groups at once would fail over for silence. */
  isBraked = false
  readonly troubles: Troubles = {
    deathsAfterCommit: 0,
    deathsAfterEffects: 0,
    effectFails: () => false,
    callFails: () => false,
    callsTwice: () => false,
    tableDelayMs: () => 0,
    clockErrorMs: () => 0,
  }
  /** Told of what the use cases tell who watches them: of every decision that stands, and of what they could not do. */
  onObservation: Observe = async () => undefined
  /** Told of every decision as it is written. */
  onCommit: (before: Group | null, after: Group) => void = () => undefined
  /** Told of every event as it is kept. */
  readonly history = memoryHistoryStore((entry) => this.#kept.push(entry))
  #kept: HistoryEntry[] = []
  readonly #timeline: Timeline
  readonly #memory: ReturnType<typeof memoryGroupStore>
  readonly #groups: GroupStore
  readonly #clusters = memoryClusterStore()
  readonly #workflows: WorkflowEngine
  readonly #dispatch: Dispatch
  readonly #sfn: SFNClient
  readonly #onEvent: (entry: HistoryEntry) => void
  #commands = 0

  constructor(
    timeline: Timeline,
    { isFormatted }: { isFormatted: boolean },
    say: (text: string) => void,
    onEvent: (entry: HistoryEntry) => void,
  ) {
    this.#timeline = timeline
    this.#memory = memoryGroupStore({ isFormatted })
    this.#groups = this.#slow(this.#memory)
    this.#onEvent = onEvent
    this.#workflows = new WorkflowEngine(
      timeline,
      Object.fromEntries(MACHINES.map((machine) => [machine, definitionOf(machine)])),
      (payload) => this.#step(payload as unknown as StepEvent | ScheduleStepEvent),
      (name, { error, cause }) => say(`workflow ${name.split('-')[0]} ends as failed: ${cause || error}`),
    )
    this.#sfn = { send: async (sent: unknown) => this.#callStepFunctions(sent) } as unknown as SFNClient
    this.#dispatch = createDispatch({
      groups: { ...this.#groups, strikeOff: (...call) => this.#strikeOff(...call) },
      history: { ...this.history, append: async (entries) => this.#mayFail() ?? this.history.append(entries) },
      events: { send: async () => this.#mayFail() ?? { FailedEntryCount: 0 } } as unknown as EventBridgeClient,
      eventBusName: 'bus',
      workflows: { client: this.#sfn, arnOf },
    })
    this.#planSweep()
  }

  async configure(nodes: readonly [string, string]): Promise<void> {
    const node = (name: string) => ({
      ...nodeSchema.parse({ hostName: `${name}.example`, softwareVersion: '14.0', principal: principalOf(name) }),
      databasePublisher: 'publisher',
    })
    await this.#bringOver({
      ...clusterSchema.parse({ databasePublisher: 'publisher' }),
      cluster: KEY.cluster,
      version: 0,
      nodes: Object.fromEntries(nodes.map((name) => [name, node(name)])),
      groups: { [KEY.group]: { description: '', nodes: [...nodes] } },
      pending: [],
    })
  }

  /** Changes service parameters; refuses what breaks their rules [B6]. */
  async set(parameters: Record<string, unknown>): Promise<void> {
    const cluster = (await this.#clusters.read(KEY.cluster)) as Cluster
    const merged = serviceParametersSchema.safeParse({ ...cluster.serviceParameters, ...parameters })
    if (!merged.success) {
      const issues = merged.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
      throw new ProblemError(422, 'RuleBroken', `${issues.join('; ')}.`)
    }
    await this.#bringOver({ ...cluster, serviceParameters: merged.data })
  }

  async #bringOver(cluster: Cluster): Promise<void> {
    await this.#clusters.commit(cluster, cluster.version)
    const committed = { ...cluster, version: cluster.version + 1 }
    for (let isBroughtOver = false; !isBroughtOver; ) {
      const group = await this.#groups.read(KEY)
      const projected = project(committed, KEY.group, group, this.#timeline.nowMs, principalHash)
      isBroughtOver = await this.#groups.commit(projected, group?.version ?? 0)
    }
  }

  /** How each workflow stands that was ever started, oldest first. */
  workflows(): string[] {
    return this.#workflows.names().map((name) => `${name.split('-')[0]} ${this.#workflows.statusOf(name)}`)
  }

  /** The group as it stands in the table. */
  get group(): Group {
    return this.#memory.peek(KEY) as Group
  }

  enableHighAvailability(enabled: boolean, force: boolean) {
    const ports = { ...this.#ports(), clusters: this.#clusters, counts: { ofCluster: async () => [] } }
    return setHighAvailability(ports, KEY.cluster, KEY.group, { enabled, force }, 'operator')
  }

  maintain(node: string | undefined, wanted: MaintenanceCall) {
    return maintain(this.#ports(), { ...KEY, ...(node === undefined ? {} : { node }) }, wanted, 'operator')
  }

  acknowledge() {
    return acknowledgeIncidents(this.#ports(), KEY, 'operator')
  }

  newRequest(action: ActionName): string {
    this.#commands += 1
    return `${action}-request-${this.#commands}`
  }

  /** An operator's request; throws the refusal. The same request may be made again under its name [B23]. */
  async ask(action: ActionName, node?: string, id = this.newRequest(action)) {
    this.#requireUp()
    const named = node === undefined ? {} : { node }
    return command(this.#ports(), { ...KEY, action, ...named, by: 'operator', id })
  }

  /** An operator plans a failover or fallback; throws the refusal. */
  async schedule(call: ScheduleCall) {
    this.#requireUp()
    return schedule(this.#ports(), KEY, call, 'operator', this.newRequest(call.action).replace(/^\w+/, 'schedule'))
  }

  async unschedule(id: string): Promise<void> {
    this.#requireUp()
    await unschedule(this.#ports(), KEY, id, 'operator')
  }

  async accept(node: string, heartbeat: Heartbeat): Promise<HeartbeatAnswer> {
    this.#requireUp()
    const ports = {
      ...this.#ports(),
      groupOf: async () => KEY.group,
      recordAlone: async () => undefined,
      brakeHolds: async () => this.isBraked,
      changeGroup: async () => changing,
    }
    return acceptHeartbeat(ports, { ...callerOf(node), heartbeat })
  }

  #ports() {
    const errorMs = this.troubles.clockErrorMs()
    return {
      groups: this.#groups,
      observe: (observation: Observation) => this.onObservation(observation),
      clock: { read: () => ({ nowMs: this.#timeline.nowMs + errorMs, monotonicMs: this.#timeline.nowMs }) },
      dispatch: async (): Promise<Dispatch> => (group, effects) => this.#carryOut(group, effects),
    }
  }

  #requireUp(): void {
    if (this.isDown) throw new Unavailable('the control plane is out of reach')
  }

  /** Events are told as they were decided, although the history may get them later. */
  async #carryOut(...[group, effects]: Parameters<Dispatch>): Promise<void> {
    if (this.troubles.deathsAfterCommit > 0) {
      this.troubles.deathsAfterCommit -= 1
      throw new Unavailable('the Lambda died after its commit')
    }
    await this.#dispatch(group, effects)
    for (const entry of this.#kept.splice(0)) this.#onEvent(entry)
  }

  /** An effect of a decision may fail: nobody answers. */
  #mayFail(): undefined {
    if (this.troubles.effectFails()) throw new Unavailable('a service of the cloud does not answer')
  }

  async #strikeOff(...call: Parameters<GroupStore['strikeOff']>): Promise<void> {
    if (this.troubles.deathsAfterEffects > 0) {
      this.troubles.deathsAfterEffects -= 1
      throw new Unavailable('the Lambda died after it had carried out what followed')
    }
    await this.#groups.strikeOff(...call)
  }

  async #step(event: StepEvent | ScheduleStepEvent) {
    this.#requireUp()
    const ports = { ...this.#ports(), workflows: this.#sfn }
    const apply = () =>
      applyStep(ports, event).catch(async (error) => {
        await this.onObservation({ kind: 'failure', what: 'a step of a workflow failed', of: { ...KEY }, error })
        throw error
      })
    if (this.troubles.callsTwice()) await apply()
    const answer = await apply()
    if (this.troubles.callFails()) throw new Unavailable('the Lambda died when its work was done')
    return answer
  }

  /** The table, which may be slow, so that Lambdas interleave. */
  #slow(groups: GroupStore): GroupStore {
    const delay = async () => {
      const delayMs = this.troubles.tableDelayMs()
      if (delayMs > 0) await this.#timeline.sleep(delayMs)
    }
    const { read, commit, acceptSteady, strikeOff } = groups
    return {
      ...groups,
      acceptSteady: async (...call) => {
        if (this.#timeline.interleaves) await delay()
        return acceptSteady(...call)
      },
      read: async (key) => {
        if (this.#timeline.interleaves) await delay()
        return read(key)
      },
      commit: async (group, version) => {
        if (this.#timeline.interleaves) await delay()
        const before = await read({ cluster: group.cluster, group: group.name })
        const isCommitted = await commit(group, version)
        if (isCommitted) this.onCommit(before, group)
        return isCommitted
      },
      strikeOff: async (...call) => {
        if (this.#timeline.interleaves) await delay()
        await strikeOff(...call)
      },
    }
  }

  #callStepFunctions(sent: unknown): object {
    this.#mayFail()
    if (sent instanceof StartExecutionCommand) {
      const { stateMachineArn = '', name = '', input = '{}' } = sent.input
      if (this.#workflows.statusOf(name)) throw new ExecutionAlreadyExists({ message: name, $metadata: {} })
      this.#workflows.start(stateMachineArn.split(':').at(-1) ?? '', name, JSON.parse(input))
      return {}
    }
    if (sent instanceof SendTaskSuccessCommand) {
      const { taskToken = '', output = '{}' } = sent.input
      if (this.#workflows.succeed(taskToken, JSON.parse(output))) return {}
      throw new TaskTimedOut({ message: taskToken, $metadata: {} })
    }
    if (sent instanceof DescribeExecutionCommand) {
      const status = this.#workflows.statusOf(sent.input.executionArn?.split(':').at(-1) ?? '')
      if (status) return { status }
      throw new ExecutionDoesNotExist({ message: 'no such execution', $metadata: {} })
    }
    throw new Error('the scenarios know no such call of Step Functions')
  }

  #planSweep(): void {
    this.#timeline.after(SWEEP_INTERVAL_MS, async () => {
      this.#planSweep()
      if (this.isDown) return
      const again = this.troubles.callsTwice()
      await sweep({ ...this.#ports(), clusters: this.#clusters, workflows: this.#sfn, arnOf })
      if (again) await sweep({ ...this.#ports(), clusters: this.#clusters, workflows: this.#sfn, arnOf })
    })
  }
}
