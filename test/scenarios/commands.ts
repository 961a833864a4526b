import { type AlertText, alertText } from '../../domain/alert-text.ts'
import type { IncidentDetail } from '../../domain/incidents.ts'
import type { ServiceState } from '../../domain/model.ts'
import { scheduleAlertText, TOLD_OF_SCHEDULES } from '../../domain/schedule-alert.ts'
import type { ScheduleDetail } from '../../domain/schedules.ts'
import { statusOf } from '../../domain/status.ts'
import type { HistoryEntry } from '../../functions/adapters/history-store.ts'
import { ProblemError } from '../../functions/problem.ts'
import { Unavailable } from '../world/cloud.ts'
import { describeEvent, describePair } from '../world/event-text.ts'
import { DATABASE, type Hook, type HookManner, SERVICES } from '../world/host.ts'
import type { World } from '../world/world.ts'

/** What a command of a scenario does; what it answers is printed before what was seen meanwhile. */
type Command = (world: World, ...words: string[]) => string[] | undefined | Promise<string[] | undefined>

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1m30s` → 90,000 ms. */
function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)]
  if (parts.map(([part]) => part).join('') !== text || text === '') throw new Error(`"${text}" is no duration`)
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0)
}

/** `true`, `2.5` and the like by what they mean. */
function setting(word: string): [string, unknown] {
  const [name = '', text = ''] = word.split('=')
  return [name, JSON.parse(text)]
}

const turnService =
  (state: ServiceState): Command =>
  (world, node = '', service = '') => {
    world.node(node).host.setService(service, state)
    return undefined
  }

/** A refusal is an answer, as in the command line. */
async function answerOf(work: () => Promise<string[]>): Promise<string[]> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ProblemError) return [`refused: ${error.message}`]
    if (error instanceof Unavailable) return [`no answer: ${error.message}`]
    throw error
  }
}

const ask =
  (action: 'failover' | 'fallback' | 'recovery'): Command =>
  (world, node) =>
    answerOf(async () => {
      const { from, to } = await world.cloud.ask(action, node)
      return [action === 'recovery' ? 'accepted: recovery' : `accepted: ${action} from ${from} to ${to}`]
    })

/** `schedule failover alpha in 10m`; told is its name. */
const schedule: Command = (world, action, node = '', _in, span = '') =>
  answerOf(async () => {
    const at = new Date(world.timeline.nowMs + durationMs(span)).toISOString()
    const planned = await world.cloud.schedule({ action: action === 'fallback' ? 'fallback' : 'failover', node, at })
    return [`planned: ${planned.id}`]
  })

const unschedule: Command = (world, id = '') =>
  answerOf(async () => {
    await world.cloud.unschedule(id)
    return []
  })

/** `maintenance "new disk" for 2h`, `maintenance of alpha "new disk"`, `maintenance ends`. */
const maintenance: Command = (world, ...words) =>
  answerOf(async () => {
    const [node, rest] = words[0] === 'of' ? [words[1], words.slice(2)] : [undefined, words]
    const [reason = '', , span] = rest
    const until = span === undefined ? undefined : new Date(world.timeline.nowMs + durationMs(span)).toISOString()
    await world.cloud.maintain(node, reason === 'ends' ? { enabled: false } : { enabled: true, reason, until })
    return []
  })

async function pairOf(world: World): Promise<string[]> {
  const { nodes } = world.cloud.group
  return [describePair(nodes.map(({ name, state, reason }) => ({ node: name, state, reason })))]
}

/** What an operator sees: `understudy status`, in words. */
async function status(world: World): Promise<string[]> {
  const group = world.cloud.group
  const { explanation, recommendedActions, allowed } = statusOf(group, '', world.timeline.nowMs)
  const possible = allowed.map(({ action, node }) => (node ? `${action} ${node}` : action)).join(', ')
  return [
    ...explanation.split(/(?<=\.) /),
    ...recommendedActions.map((text) => `advice: ${text}`),
    `possible: ${possible || 'nothing'}`,
  ]
}

async function nodes(world: World): Promise<string[]> {
  const group = world.cloud.group
  return Object.values(world.nodes).map(({ name, host }) => {
    const down = SERVICES.filter((service) => host.services.get(service)?.state !== 'running')
    const state = group.nodes.find((node) => node.name === name)
    const critical = down.filter((service) => service !== DATABASE)
    const which = critical.length === SERVICES.length - 1 ? 'all critical services' : down.join(', ')
    const services = down.length === 0 ? 'all services run' : `not running: ${which}`
    const serves = host.openDoors().join(' and ') || 'nobody'
    return `${describeOne(name, state)}; serves ${serves}; ${host.isUp ? services : 'is down'}`
  })
}

function describeOne(name: string, node: World['cloud']['group']['nodes'][number] | undefined) {
  return node
    ? describePair([
        { node: name, ...node },
        { node: name, ...node },
      ]).split(', ')[0]
    : name
}

function mailOf({ detailType, detail }: HistoryEntry): AlertText[] {
  if (detailType === 'Incident State Change') return [alertText(detail as unknown as IncidentDetail, 'prod')]
  const schedule = detail as unknown as ScheduleDetail
  const isTold = detailType === 'Schedule State Change' && TOLD_OF_SCHEDULES.includes(schedule.status)
  return isTold ? [scheduleAlertText(schedule, 'prod')] : []
}

/** What was written to on-call since this was last asked. */
function mail(world: World): string[] {
  const { entries } = world.cloud.history
  const texts = entries.slice(world.mailRead).flatMap(mailOf)
  world.mailRead = entries.length
  return texts.flatMap(({ subject, message }) => {
    return [`Subject: ${subject}`, ...message.split('\n').map((line) => `| ${line}`.trimEnd())]
  })
}

const cut: Command = (world, name = '', which = 'requests') => {
  if (name === 'control-plane') world.cloud.isDown = true
  else if (which === 'requests') world.lostOf(name).add('to control plane')
  else if (which === 'answers') world.lostOf(name).add('from control plane')
  else if (which === 'link') world.lostOf(name).add('to peer')
  else throw new Error(`cut a node's requests, its answers or its link, not its ${which}`)
  return undefined
}

const heal: Command = (world, name = '') => {
  if (name === 'control-plane') world.cloud.isDown = false
  else world.lostOf(name).clear()
  return undefined
}

const onNode =
  (act: (node: ReturnType<World['node']>) => void): Command =>
  (world, name = '') => {
    act(world.node(name))
    return undefined
  }

/** All that a scenario may say; `test/scenarios/README.md` explains it. */
export const COMMANDS: Record<string, Command> = {
  pair: async (world, one = 'alpha', two = 'beta') => {
    await world.pair([one, two])
    return pairOf(world)
  },
  schedule,
  unschedule,
  configure: async (world, one = 'alpha', two = 'beta') => {
    await world.configure([one, two])
    return undefined
  },
  enable: (world, force) =>
    answerOf(async () => {
      await world.cloud.enableHighAvailability(true, force === 'force')
      return pairOf(world)
    }),
  disable: (world) =>
    answerOf(async () => {
      await world.cloud.enableHighAvailability(false, false)
      return pairOf(world)
    }),
  set: (world, ...words) =>
    answerOf(async () => {
      await world.cloud.set(Object.fromEntries(words.map(setting)))
      return []
    }),
  run: async (world, duration = '') => {
    await world.run(durationMs(duration))
    return undefined
  },

  maintenance,
  acknowledge: (world) =>
    answerOf(async () => {
      await world.cloud.acknowledge()
      return ['acknowledged']
    }),
  brake: (world, holds) => {
    world.cloud.isBraked = holds === 'holds'
    return undefined
  },

  failover: ask('failover'),
  fallback: ask('fallback'),
  recover: ask('recovery'),

  fail: turnService('failed'),
  start: turnService('running'),
  stop: turnService('stopped'),
  break: (world, node = '', service = '') => {
    world.node(node).host.broken.add(service)
    world.node(node).host.setService(service, 'failed')
    return undefined
  },
  repair: (world, node = '', service = '') => {
    world.node(node).host.broken.delete(service)
    return undefined
  },
  hook: (world, node = '', hook, manner) => {
    world.node(node).host.hooks[hook as Hook] = manner as HookManner
    return undefined
  },

  'start-agent': onNode((node) => node.startAgent()),
  'kill-agent': onNode((node) => node.killAgent()),
  'restart-agent': onNode((node) => node.restartAgent()),
  'freeze-agent': onNode((node) => node.freezeAgent()),
  'thaw-agent': onNode((node) => node.thawAgent()),
  fence: onNode((node) => node.setFenced(true)),
  release: onNode((node) => node.setFenced(false)),
  'power-off': onNode((node) => node.powerOff()),
  'power-on': onNode((node) => node.powerOn()),
  'shut-down': onNode((node) => node.shutDown('shutdown')),
  reboot: onNode((node) => {
    node.shutDown('reboot')
    node.host.after(REBOOT_MS, () => node.powerOn())
  }),
  clock: (world, node = '', rate = '') => {
    world.node(node).host.clockRate = Number(rate)
    return undefined
  },
  version: (world, node = '', version = '') => {
    world.node(node).host.softwareVersion = version
    return undefined
  },
  replication: (world, node = '', state = '') => {
    world.node(node).host.replicationSetup = Number(state)
    return undefined
  },
  cut,
  heal,
  crash: (world) => {
    world.cloud.troubles.deathsAfterCommit = 1
    return undefined
  },

  nodes,
  status,
  mail,
  workflows: (world) => world.cloud.workflows(),
  doors: (world) => Object.keys(world.nodes).map((name) => world.doorsOf(name)),
  history: async (world) => {
    const { entries } = await world.cloud.history.ofGroup({ cluster: '', group: '' }, { limit: 1000 })
    const seen = entries.filter(({ at }) => Date.parse(at) >= world.zeroMs)
    return seen.flatMap((entry) =>
      describeEvent(entry, (at) => world.clock(Date.parse(at))).map(
        (text) => `${world.clock(Date.parse(entry.at))}  ${text}`,
      ),
    )
  },
}

const REBOOT_MS = 30_000

/** Carries out one line of a scenario: a command and its words, those with blanks in quotes. */
export async function carryOut(world: World, line: string): Promise<string[]> {
  const [name = '', ...words] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const command = COMMANDS[name]
  if (!command) throw new Error(`no command "${name}"; there are ${Object.keys(COMMANDS).join(', ')}`)
  const answer = (await command(world, ...words)) ?? []
  world.look()
  return [...answer, ...world.takeLines()]
}
