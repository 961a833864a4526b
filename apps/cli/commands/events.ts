import type { EventRecord } from '../../client/answers.ts'
import type { Api, EventsPage } from '../api.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { isPassing, pause, untilInterrupted } from '../patience.ts'
import type { Terminal } from '../terminal.ts'
import { eventLine } from '../views/events.ts'

export interface EventsOptions {
  follow?: boolean
  /** From when on; the API's own beginning where left out. */
  since?: Date
  json?: boolean
  /** Only this cluster's. */
  cluster?: string
}

/** Prints what has happened, oldest first, and with `follow` what happens, until Ctrl-C. */
export async function showEvents(
  api: Api,
  terminal: Terminal,
  group: string | undefined,
  options: EventsOptions,
): Promise<ExitCode> {
  const isWanted = ({ at, detail }: EventRecord) =>
    (group === undefined || detail.group === group) &&
    (options.cluster === undefined || detail.cluster === options.cluster) &&
    (options.since === undefined || Date.parse(at) >= options.since.getTime())
  const isNew = onceEach()
  const show = ({ events }: EventsPage) => {
    for (const event of events.filter(isWanted).filter(isNew)) {
      const line = options.json ? JSON.stringify(event) : eventLine(event, { ...terminal.view(), width: Infinity })
      terminal.print(line)
    }
  }
  await (options.follow ? follow(api, terminal, options, show) : readAll(api, options, show))
  return EXIT.done
}

/** An empty page says that there is nothing more at present. */
async function readAll(api: Api, { since }: EventsOptions, show: (page: EventsPage) => void) {
  let place: Parameters<Api['events']>[0] = since ? { since: since.toISOString() } : {}
  while (true) {
    const page = await api.events(place)
    show(page)
    if (page.events.length === 0 || !page.cursor) return
    place = { cursor: page.cursor }
  }
}

const LONG_POLL_SECONDS = 20
const LONGEST_PAUSE_MS = 5_000

/** Goes on from the same place when the API was away; only the first question must be answered. */
async function follow(api: Api, terminal: Terminal, { since }: EventsOptions, show: (page: EventsPage) => void) {
  const { signal, release } = untilInterrupted()
  let place: Parameters<Api['events']>[0] = since ? { since: since.toISOString() } : {}
  let failures = 0
  try {
    let isConnected = false
    while (!signal.aborted) {
      try {
        const page = await api.events({ ...place, waitSeconds: LONG_POLL_SECONDS }, signal)
        show(page)
        if (page.cursor) place = { cursor: page.cursor }
        isConnected = true
        failures = 0
      } catch (error) {
        if (!isConnected || !isPassing(error)) throw error
        if (failures === 0) terminal.printError(`${(error as Error).message}; trying again`)
        failures += 1
        await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (failures - 1)), signal)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    release()
  }
}

const REMEMBERED = 10_000

/** Events may come twice, under the same id; ids count anew in each group. */
function onceEach(): (event: EventRecord) => boolean {
  const seen = new Set<string>()
  return ({ id, detail }) => {
    const name = `${detail.cluster}/${detail.group}/${id}`
    if (seen.has(name)) return false
    seen.add(name)
    const [oldest] = seen
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest)
    return true
  }
}
