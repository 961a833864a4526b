import { join, relative, resolve } from 'node:path'
import { createLogUpdate } from 'log-update'
import type { ServiceParameters } from '../../domain/settings.ts'
import { eventLine } from '../cli/views/events.ts'
import { groupCard } from '../cli/views/status.ts'
import type { View } from '../cli/views/view.ts'
import type { EventRecord, GroupStatus } from '../client/answers.ts'
import { DEFAULT_STAGE_PORT } from '../client/stage.ts'
import type { BusEvent } from './bus.ts'
import type { Demo } from './demo.ts'
import { ON_CALL_FILE, type Stage } from './stage.ts'

interface Shown {
  stage: Stage
  dataFolder: string
  demo?: Demo
}

/** What the stage's terminal shows. */
export interface Screen {
  progress(what: string): void
  /** Something went wrong that does not end the stage. */
  note(text: string): void
  /** From now on: the live picture on a terminal, else a line for each event. */
  follow(shown: Shown): void
  end(text: string): void
}

const REFRESH_MS = 500
const EVENTS_SHOWN = 6
const DEFAULT_WIDTH = 100
/** Where the stage keeps everything, unless it is told otherwise. */
export const DEFAULT_DATA_FOLDER = '.understudy'

export function showStage(output: NodeJS.WriteStream): Screen {
  const picture = createLogUpdate(output)
  const lines: string[] = []
  let timer: NodeJS.Timeout | undefined
  let followed = false
  let ended = false
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
      const head = headLines(stage, dataFolder)
      if (!demo) {
        print(
          `${head}\nIt is empty. Configure it through ${stage.console ? 'the console or ' : ''}the API; Ctrl-C ends it.`,
        )
        return
      }
      const shown = { stage, dataFolder, demo }
      const parameters = parametersLine(demo.parameters)
      if (!output.isTTY) {
        print([head, parameters, ...hints(shown, Number.POSITIVE_INFINITY)].join('\n'))
        return
      }
      const draw = async () => {
        const status = await demo.status().catch(() => null)
        if (!status || ended) return
        const now = view()
        const tries = hints(shown, now.width, status)
        picture([head, parameters, '', groupCard(status, now), '', ...lines, '', ...tries].join('\n'))
      }
      void draw()
      timer = setInterval(() => void draw(), REFRESH_MS)
    },
    end(text) {
      ended = true
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

/** The console's address is on a line of its own, for terminals that make a link of it. */
function headLines(stage: Stage, dataFolder: string): string {
  const head = `Understudy's stage: ${stage.endpoint}   data: ${dataFolder}`
  return stage.console ? `${head}\nIts console:        ${stage.console.address}` : head
}

/** The parameters in force, so that nobody wonders how long to wait. */
function parametersLine(parameters: ServiceParameters): string {
  const fallback = parameters.automaticFallbackEnabled ? `${parameters.automaticFallbackDelaySeconds} s` : 'off'
  return [
    `keep-alive timeout ${parameters.keepAliveTimeoutSeconds} s, every ${parameters.keepAliveIntervalSeconds} s`,
    `critical service delay ${parameters.criticalServiceDelaySeconds} s`,
    `automatic fallback ${fallback}`,
  ].join(' · ')
}

/** What to try next, with the pids of the moment. */
function hints({ stage, dataFolder, demo }: Shown & { demo: Demo }, width: number, status?: GroupStatus): string[] {
  const [one] = demo.nodes
  if (!one) return []
  const { node } = one.layout
  const { agentPid, services } = one.describe()
  const router = services['XCP Router']?.pid
  const away = status?.nodes.find(({ state }) => state === 'Idle' || state === 'FailedOver')
  const failed = status?.nodes.every(({ state }) => state === 'RunningInFailedMode')
  const isDefaultPort = new URL(stage.endpoint).port === String(DEFAULT_STAGE_PORT)
  const data = dataFolder === resolve(DEFAULT_DATA_FOLDER) ? '' : ` --data ${dataFolder}`
  const onNode = (action: string) => `npx understudy-stage node ${action}${data}`
  const command = failed
    ? ['npx understudy recover pair', 'both nodes come back to Normal']
    : away
      ? [`npx understudy fallback pair ${away.node}`, 'its users go home']
      : [`npx understudy failover pair ${node}`, 'the peer takes over']
  const tries = [
    ...(isDefaultPort
      ? []
      : [[`export UNDERSTUDY_ENDPOINT=${stage.endpoint}`, 'first, for the port is not the usual']]),
    command,
    router
      ? [`kill -9 ${router}`, `the XCP Router of ${node} dies: a failover after the delay`]
      : [onNode(`start-service ${node} "XCP Router"`), 'an administrator starts it'],
    agentPid
      ? [`kill -9 ${agentPid}`, `the agent of ${node} dies: its front closes, the peer takes over`]
      : [onNode(`start-agent ${node}`), 'the agent comes back'],
    [onNode(`reboot ${node}`), 'a good-bye: taken over at once'],
    ['npx understudy events --follow', 'what happens, as it happens'],
    [`cat ${relative('', join(dataFolder, ON_CALL_FILE))}`, 'what on-call was told'],
  ]
  const widest = Math.max(...tries.map(([what = '']) => what.length))
  const lines = tries.map(([what = '', why]) => `  ${what.padEnd(widest)}  ${why}`)
  return ['Try, in another terminal:', ...lines, 'Ctrl-C ends everything.'].map((line) => line.slice(0, width))
}
