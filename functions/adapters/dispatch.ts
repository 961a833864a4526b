import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { SFNClient } from '@aws-sdk/client-sfn'
import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn'
import type { Effect, Group, Machine } from '../../domain/model.ts'
import type { GroupStore } from './group-store.ts'
import type { HistoryEntry, HistoryStore } from './history-store.ts'
import { entryOf } from './history-store.ts'
import { failure } from './log.ts'

/** Carries out the effects of a commit, then strikes them off. What fails stays in the outbox for the sweeper. */
export type Dispatch = (group: Group, effects: Effect[]) => Promise<void>

/** Not every function may start every machine: one that is not its own throws. */
export type ArnOfMachine = (machine: Machine) => string

export interface DispatchPorts {
  groups: GroupStore
  history: HistoryStore
  events: EventBridgeClient
  eventBusName: string
  /** Left out where nothing but events can follow: other effects then stay in the outbox for the sweeper. */
  workflows?: { client: SFNClient; arnOf: ArnOfMachine }
}

function workflowsOf({ workflows }: DispatchPorts) {
  if (!workflows) throw new Error('this function does not run workflows')
  return workflows
}

const SOURCE = 'understudy'
/** EventBridge takes ten entries a call. */
const ENTRIES_PER_CALL = 10

type Of<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>
const of = <Kind extends Effect['kind']>(effects: Effect[], kind: Kind): Of<Kind>[] =>
  effects.filter((effect): effect is Of<Kind> => effect.kind === kind)

/** Into the history and onto the bus; in both an event may come twice under the same id, and counts once. */
async function publish(ports: DispatchPorts, effects: Of<'event'>[]): Promise<void> {
  if (effects.length === 0) return
  const entries = effects.map(entryOf)
  await Promise.all([ports.history.append(entries), putOnBus(ports, entries)])
}

export async function putOnBus(
  ports: Pick<DispatchPorts, 'events' | 'eventBusName'>,
  entries: HistoryEntry[],
): Promise<void> {
  for (let start = 0; start < entries.length; start += ENTRIES_PER_CALL) {
    const { FailedEntryCount = 0 } = await ports.events.send(
      new PutEventsCommand({
        Entries: entries.slice(start, start + ENTRIES_PER_CALL).map((entry) => ({
          EventBusName: ports.eventBusName,
          Source: SOURCE,
          DetailType: entry.detailType,
          Time: new Date(entry.at),
          Resources: [`${entry.cluster}/${entry.group}`],
          Detail: JSON.stringify({ id: entry.id, ...entry.detail }),
        })),
      }),
    )
    if (FailedEntryCount > 0) throw new Error(`the event bus refused ${FailedEntryCount} events`)
  }
}

async function startWorkflow(ports: DispatchPorts, effect: Of<'workflow'>): Promise<void> {
  const { client, arnOf } = workflowsOf(ports)
  try {
    await client.send(
      new StartExecutionCommand({
        stateMachineArn: arnOf(effect.machine),
        name: effect.name,
        input: JSON.stringify(effect.input),
      }),
    )
  } catch (error) {
    // Started before, by somebody who crashed before striking the effect off.
    if (!(error instanceof ExecutionAlreadyExists)) throw error
  }
}

/** Tells a workflow the outcome of the step that it waits for. */
export async function sendOutcome(client: SFNClient, taskToken: string, outcome: string): Promise<void> {
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ outcome }) }))
  } catch (error) {
    // The workflow does not wait for this answer any more: it had one, or its time limit has passed.
    const over = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken
    if (!over) throw error
  }
}

const answerToken = (ports: DispatchPorts, { token, outcome }: Of<'token'>): Promise<void> =>
  sendOutcome(workflowsOf(ports).client, token, outcome)

export function createDispatch(ports: DispatchPorts): Dispatch {
  return async (group, effects) => {
    const events = of(effects, 'event')
    const work: { ids: string[]; done: Promise<void> }[] = [
      { ids: events.map(({ id }) => id), done: publish(ports, events) },
      ...of(effects, 'workflow').map((effect) => ({ ids: [effect.id], done: startWorkflow(ports, effect) })),
      ...of(effects, 'token').map((effect) => ({ ids: [effect.id], done: answerToken(ports, effect) })),
    ]
    const results = await Promise.allSettled(work.map(({ done }) => done))
    const struck = work.filter((_, index) => results[index]?.status === 'fulfilled').flatMap(({ ids }) => ids)
    const key = { cluster: group.cluster, group: group.name }
    await ports.groups.strikeOff(key, struck)
    for (const result of results) {
      if (result.status === 'rejected') await failure('an effect stays in the outbox', result.reason, key)
    }
  }
}
