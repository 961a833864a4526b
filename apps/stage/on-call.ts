import { appendFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bus, BusEvent } from './bus.ts'
import { startTopic, type TopicMessage } from './topic.ts'

export type OnCallOptions = {
  bus: Bus
  /** The mailbox: what on-call would get, one message below the other, as text. */
  file: string
  /** Calls the function that writes to on-call. */
  invoke: (event: BusEvent) => Promise<unknown>
  onError: (error: unknown, where: string) => void
}

/** What the stage has for the topic that on-call subscribes to, and for the rule that leads incidents to it. */
export type OnCall = { topicOrigin: string; close(): Promise<void> }

/** What the rule of the bus leads to the function (infra/constructs/alerts.ts). */
const FOR_ON_CALL = ['Incident State Change', 'Fleet Brake State Change', 'Schedule State Change']
const STATUSES = ['OPENED', 'WORSENED', 'CLOSED', 'HOLDS', 'RELEASED', 'REFUSED', 'MISSED']
const isForOnCall = (event: BusEvent): boolean =>
  FOR_ON_CALL.includes(event['detail-type']) && STATUSES.includes((event.detail as { status: string }).status)
/** As Lambda calls a function again that an event could not be given to. */
const TRIES = 3
const BETWEEN_TRIES_MS = 1000

export const mailOf = ({ subject, message }: TopicMessage): string => `Subject: ${subject}\n\n${message}\n\n\n`

export async function startOnCall({ bus, file, invoke, onError }: OnCallOptions): Promise<OnCall> {
  const topic = await startTopic({
    onMessage: (message) => appendFile(file, mailOf(message)),
    onError: (error) => onError(error, 'the topic'),
  })
  const ended = new AbortController()
  const atWork = new Set<Promise<void>>()
  const deliver = async (event: BusEvent): Promise<void> => {
    for (let count = 1; !ended.signal.aborted; count++) {
      try {
        await invoke(event)
        return
      } catch (error) {
        if (count === TRIES) return onError(error, 'writing to on-call')
        await pause(BETWEEN_TRIES_MS, undefined, { signal: ended.signal }).catch(() => {})
      }
    }
  }
  const unsubscribe = bus.subscribe((event) => {
    if (!isForOnCall(event)) return
    const work = deliver(event).finally(() => atWork.delete(work))
    atWork.add(work)
  })
  return {
    topicOrigin: topic.origin,
    async close() {
      unsubscribe()
      ended.abort()
      await Promise.all(atWork)
      await topic.close()
    },
  }
}
