import { createLogUpdate } from 'log-update'
import { eventLine } from '../cli/views/events.ts'
import { groupCard } from '../cli/views/status.ts'
import type { View } from '../cli/views/view.ts'
import type { EventRecord, GroupStatus } from '../client/answers.ts'
import type { BusEvent } from './bus.ts'
import type { Demo } from './demo.ts'
import type { Stage } from './stage.ts'

/** What the stage's terminal shows. */
export interface Screen {
  progress(what: string): void
  /** Something went wrong that does not end the stage. */
  note(text: string): void
  /** From now on: the live picture on a terminal, else a line for each event. */
  follow(shown: { stage: Stage; dataFolder: string; demo?: Demo }): void
  end(text: string): void
}

const REFRESH_MS = 500
const EVENTS_SHOWN = 6
const DEFAULT_WIDTH = 100

export function showStage(output: NodeJS.WriteStream): Screen {
  const picture = createLogUpdate(output)
  const lines: string[] = []
  let timer: NodeJS.Timeout | undefined
  let followed = false
  const view = (): View => ({
    nowMs: Date.now(),
    width: output.columns ?? DEFAULT_WIDTH,
    color: output.isTTY === true && output.hasColors(),
  })
  const print = (text: string) => void output.write(`${text}\n`)
  const add = (line: string) => {
    if (!output.isTTY || !followed) return print(line)
    lines.push(line)
    lines.splice(0, lines.length - EVENTS_SHOWN)
  }
  return {
    progress: (what) => print(`… ${what}`),
    note: (text) => add(`! ${text}`),
    follow({ stage, dataFolder, demo }) {
      followed = true
      stage.bus.subscribe((event) => add(eventLine(recordOf(event), view())))
      const head = `Understudy's stage: ${stage.endpoint}   data: ${dataFolder}`
      if (!output.isTTY || !demo) {
        print(head)
        print(demo ? hints(demo).join('\n') : 'It is empty. Configure it through the API; Ctrl-C ends it.')
        return
      }
      const draw = async () => {
        const status = await demo.status().catch(() => null)
        if (!status) return
        picture([head, '', groupCard(status, view()), '', ...lines, '', ...hints(demo, status)].join('\n'))
      }
      void draw()
      timer = setInterval(() => void draw(), REFRESH_MS)
    },
    end(text) {
      clearInterval(timer)
      picture.done()
      print(`… ${text}`)
    },
  }
}

const recordOf = (event: BusEvent): EventRecord => {
  const detail = event.detail as Record<string, unknown>
  return {
    id: String(detail.id),
    at: event.time,
    source: event.source,
    detailType: event['detail-type'] as EventRecord['detailType'],
    detail,
  }
}

/** What to try next, with the pids of the moment. */
function hints(demo: Demo, status?: GroupStatus): string[] {
  const [one] = demo.nodes
  if (!one) return []
  const { node } = one.layout
  const { agentPid, services } = one.describe()
  const router = services['XCP Router']?.pid
  const away = status?.nodes.find(({ state }) => state === 'Idle' || state === 'FailedOver')
  const tries = [
    away
      ? [`npx understudy fallback pair ${away.node}`, 'users go home']
      : [`npx understudy failover pair ${node}`, 'the peer takes over'],
    router
      ? [`kill -9 ${router}`, `the XCP Router of ${node} dies; after the delay ${node} fails over`]
      : [`npx understudy-stage node start-service ${node} "XCP Router"`, 'an administrator starts it again'],
    agentPid
      ? [`kill -9 ${agentPid}`, `the agent of ${node} dies: its front closes by itself, then the peer takes over`]
      : [`npx understudy-stage node start-agent ${node}`, 'the agent comes back'],
    [`npx understudy-stage node reboot ${node}`, 'a good-bye: taken over at once'],
    ['npx understudy status --watch', 'the same picture elsewhere; events --follow for the events'],
  ]
  return [
    'Try (in another terminal):',
    ...tries.map(([command, what]) => `  ${command?.padEnd(44)} ${what}`),
    'Ctrl-C ends everything.',
  ]
}
