import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { type AwsService, operation } from './aws-endpoint.ts'

/** An event as EventBridge delivers it. */
export type BusEvent = {
  version: '0'
  id: string
  'detail-type': string
  source: string
  account: string
  time: string
  region: string
  resources: string[]
  detail: unknown
}

export type Bus = {
  /** Its operations, for the AWS endpoint's target `AWSEvents`. */
  service: AwsService
  /** Calls the listener with each event that is put from now on; the answer ends that. */
  subscribe(listener: (event: BusEvent) => void): () => void
}

export type BusOptions = {
  region: string
  accountId: string
  /** A listener threw: the others are called all the same. */
  onError: (error: unknown, event: BusEvent) => void
}

const entrySchema = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  Time: z.number().optional(),
})
const putEventsSchema = z.object({ Entries: z.array(entrySchema).min(1).max(10) })

type Entry = z.infer<typeof entrySchema>
type EntryAnswer = { EventId: string } | { ErrorCode: string; ErrorMessage: string }

/** An EventBridge bus in memory, which delivers to listeners in this process; the names of buses make no difference. */
export function createBus({ region, accountId, onError }: BusOptions): Bus {
  const listeners = new Set<(event: BusEvent) => void>()

  function put(entry: Entry): EntryAnswer {
    const { Source: source, DetailType: detailType, Detail: text } = entry
    if (!source || !detailType || !text) {
      return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are required.' }
    }
    const detail = parseObject(text)
    if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed: it must be a JSON object.' }
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account: accountId,
      time: isoSeconds(entry.Time),
      region,
      resources: entry.Resources,
      detail,
    }
    deliver(event)
    return { EventId: event.id }
  }

  function deliver(event: BusEvent): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        onError(error, event)
      }
    }
  }

  return {
    service: {
      PutEvents: operation(putEventsSchema, ({ Entries }) => {
        const answers = Entries.map(put)
        return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers }
      }),
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function parseObject(text: string): object | undefined {
  try {
    const value = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** EventBridge's times have whole seconds: 2026-01-31T23:59:59Z. */
function isoSeconds(epochSeconds: number = Date.now() / 1000): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
}
