import { reasonLabel, stateLabel } from '../../../domain/states.ts'
import { clockWords } from '../contact.ts'
import type { AgentStatus } from './admin-status.ts'
import { wanWords } from './wan-check.ts'

/** What `understudy-agent status` prints: a line for each thing, its name first. */
export function statusText(status: AgentStatus): string {
  const { node, cluster, group, incarnation, pid, gate, services, sessions, hooks, commands, pastOrders } = status
  const rows: Row[] = [
    ...orderRows(status),
    ['node', `${node} of cluster ${cluster}, ${group === null ? 'in no group yet' : `group ${group}`}`],
    ['state', stateWords(status)],
    ['control plane', contactWords(status)],
    ['agent', `incarnation ${incarnation}, process ${pid}${stallWords(status)}`],
    ['gate', gate.problem === null ? gate.kind : `${gate.kind}: ${gate.problem}`],
    ...doorRows(status),
    ...promiseRows(status),
    ['peer', peerWords(status)],
    ...services.map(({ name, state, forMs, detail }): Row => [name, `${state} for ${span(forMs)}: ${detail}`]),
    ...sessions.map((restore): Row => ['sessions', restoreWords(restore)]),
    ...commands.underWay.map((id): Row => ['command', `${id} is under way`]),
    ...hooks.map(
      ({ hook, homeNode, endedAt, ok }): Row => [hook, `for ${homeNode}, ${endedAt}: ${ok ? 'done' : 'FAILED'}`],
    ),
    ...pastOrders.map(({ kind, at, endedAt, why }): Row => ['past order', `${kind} from ${at} to ${endedAt}: ${why}`]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.map(([name, text]) => `${name.padEnd(width)}${oneLine(text)}\n`).join('')
}

type Row = [name: string, text: string]

function orderRows({ order }: AgentStatus): Row[] {
  if (!order) return []
  const words = {
    fence: `FENCED since ${order.at}: every door stays closed until \`understudy-agent release\``,
    serve: `FORCED since ${order.at}: serves ${order.doors.join(', ')} without a lease until \`understudy-agent release\``,
  }
  return [['ORDER', words[order.kind]]]
}

function stateWords({ state, reason, contact }: AgentStatus): string {
  if (state === null || reason === null) return 'not told yet'
  return `${stateLabel(state)} (${reasonLabel(reason)})${contact.connected ? '' : ', as last heard'}`
}

function contactWords({ contact }: AgentStatus): string {
  const { connected, forMs, why, endpoint, clockAheadSeconds, lastAnswerMsAgo } = contact
  const isOff = clockAheadSeconds !== null && Math.abs(clockAheadSeconds) > 1
  const clock = isOff ? `; ${clockWords(clockAheadSeconds)}` : ''
  if (connected === null) return `not asked yet: ${endpoint}`
  if (connected) return `connected for ${span(forMs)}: ${endpoint}${clock}`
  const last = lastAnswerMsAgo === null ? 'never answered' : `last answered ${span(lastAnswerMsAgo)} ago`
  return `NOT connected for ${span(forMs)} (${last}): ${why}`
}

const stallWords = ({ stalls: { count, totalMs } }: AgentStatus): string =>
  count === 0 ? '' : `, was paused ${count} times, ${span(totalMs)} in all`

function doorRows({ doors }: AgentStatus): Row[] {
  if (doors.length === 0) return [['doors', 'all closed: serves nobody']]
  return doors.map(({ homeNode, by, closesInMs }) => [
    'door',
    `open for the users of ${homeNode}, by: ${by}${closesInMs === null ? '' : `, closes in ${span(closesInMs)}`}`,
  ])
}

function promiseRows({ promises: { given, mayNotOpen } }: AgentStatus): Row[] {
  return [
    ...given.map(
      ({ homeNode, forMs }): Row => ['promised', `to the peer: the users of ${homeNode}, for ${span(forMs)}`],
    ),
    ...mayNotOpen.map(({ homeNode, forMs }): Row => ['may not open', `the door of ${homeNode}, for ${span(forMs)}`]),
  ]
}

function restoreWords({ homeNode, restored, failed, endedAt }: AgentStatus['sessions'][number]): string {
  const failures = failed > 0 ? `, ${failed} FAILED` : ''
  return `of the users of ${homeNode}: ${restored} re-created${failures}, ${endedAt === null ? 'going on' : endedAt}`
}

function peerWords({ peer: { node, heardMsAgo, roundTripMs }, wanCheck }: AgentStatus): string {
  if (node === null) return 'none'
  const heard = heardMsAgo === null ? 'not heard by the peer link' : `heard ${span(heardMsAgo)} ago`
  const trip = roundTripMs === null ? '' : `, round trip ${roundTripMs.toFixed(1)} ms`
  return `${node}, ${heard}${trip}${wanCheck === null ? '' : `; wan-check of ${wanCheck.at}: ${wanWords(wanCheck)}`}`
}

/** `12 s`, `3 min 5 s`, `2 h 40 min`. */
function span(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** What programs of others have said must not move the cursor. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim()
