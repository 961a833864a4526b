import type { RuleMutation } from './mutations.ts'
import { FACTS, FAILSAFE, judging, rule, simulated } from './removed-rule.ts'

const LATE = 'heartbeats that are late'
const READ = 'answers that come while the gate is read'
const OVERTAKEN = 'heartbeats that overtake each other'
const KILLED = 'agents that are killed, and hosts that boot'
const EARLIER = 'heartbeats of earlier incarnations'
const CLOCKS = 'clocks that go wrong'
const PROMISES = 'promises while a node is cut off'
const PROMISED_ANEW = 'promises of agents that start anew'
const ANEW = 'a group that is made anew'
const ACROSS = 'promises across memberships'
const SHORTER = 'a timeout that is made shorter'
const GOOD_BYES = 'good-byes'

const HEARTBEAT = 'domain/heartbeat.ts'
const APPLY = 'domain/apply.ts'
const CORE = 'apps/agent/core.ts'

/** Who is silent; what each part of it asks for is asked for by another one, too. */
const SILENT = `const isSilent = () => hasWatched(group, peer, nowMs) && nowMs >= silentFromMs(group, node, peer, nowMs)
  note('silent', judged && !isHeard(group, node, nowMs) && isSilent() && !peer.relays)`

/** The rules of the safety protocol that have code, each without what it asks for. */
export const RULE_MUTATIONS: readonly RuleMutation[] = [
  rule(
    'rule 1',
    'an older heartbeat is accepted',
    HEARTBEAT,
    'heartbeat.sequence > node.sequence)',
    'heartbeat.sequence > 0)',
    OVERTAKEN,
  ),
  rule(
    'rule 1',
    'a heartbeat of an earlier incarnation is accepted',
    HEARTBEAT,
    'heartbeat.incarnation > node.incarnation ||',
    'heartbeat.incarnation !== node.incarnation ||',
    EARLIER,
  ),
  rule(
    'rule 2',
    'a heartbeat does not move its bound on',
    HEARTBEAT,
    'node.lastAtMs = Math.max(node.lastAtMs, nowMs)',
    'node.lastAtMs = Math.max(node.lastAtMs, 0)',
    LATE,
  ),
  rule(
    'rule 2',
    'a set is granted to who does not own it',
    HEARTBEAT,
    'record.owner === index && !record.moving',
    '!record.moving',
    OVERTAKEN,
  ),
  rule(
    'rule 4',
    'what moves is granted',
    HEARTBEAT,
    'record.owner === index && !record.moving',
    'record.owner === index',
    OVERTAKEN,
  ),
  rule(
    'rule 4',
    'the bound of a move is the lease, and not the timeout',
    FACTS,
    'record.lastAtMs + boundTimeoutMs(group, nowMs)',
    'record.lastAtMs + group.settings.keepAliveTimeoutMs - 2 * group.settings.fenceMarginMs',
    OVERTAKEN,
  ),
  rule(
    'rule 5',
    'the shorter timeout counts at once',
    'domain/model.ts',
    'earlier && nowMs < earlier.untilMs',
    'earlier && nowMs < 0',
    SHORTER,
  ),
  rule(
    'rule 6',
    'a move is finished before its bound',
    FACTS,
    'move != null && (move.released || nowMs >= move.untilMs)',
    'move != null',
    OVERTAKEN,
  ),
  rule(
    'rule 6',
    'a heartbeat that was itself granted the set releases it',
    APPLY,
    'released: (draft.answering === record.owner || owner.leaving !== null) && !owner.open.includes(set)',
    'released: !owner.open.includes(set)',
    OVERTAKEN,
  ),
  rule(
    'rule 6',
    'a release is not taken back',
    HEARTBEAT,
    'record.moving.released = !open.includes(set)',
    'record.moving.released ||= true',
    OVERTAKEN,
  ),
  rule(
    'rule 8',
    'a new incarnation is a release',
    HEARTBEAT,
    'record.moving.released = !open.includes(set)',
    'record.moving.released = group.nodes[index]?.sequence === 1 || !open.includes(set)',
    KILLED,
  ),
  rule(
    'rule 8',
    'a good-bye is a release, whatever it says of the door',
    APPLY,
    'released: (draft.answering === record.owner || owner.leaving !== null) && !owner.open.includes(set)',
    'released: owner.leaving !== null || (draft.answering === record.owner && !owner.open.includes(set))',
    GOOD_BYES,
  ),
  rule(
    'rule 8',
    'a set is granted to who has said good-bye',
    HEARTBEAT,
    ' || node.leaving !== null) return []',
    ') return []',
    GOOD_BYES,
  ),
  judging(
    'rule 9',
    'a node that is heard is silent',
    SILENT,
    "note('silent', judged && hasWatched(group, peer, nowMs) && !peer.relays)",
  ),
  judging(
    'rule 9',
    'who judges has not watched',
    SILENT,
    "note('silent', judged && !isHeard(group, node, nowMs) && !peer.relays)",
  ),
  judging(
    'rule 10',
    'the sweeper judges',
    "occurrence.kind === 'heartbeat' && occurrence.node !== index",
    "occurrence.kind === 'look'",
  ),
  rule(
    'rule 11',
    'a node acknowledges with an open door',
    HEARTBEAT,
    'node.acknowledgedEpoch !== group.epoch && node.open.length === 0',
    'node.acknowledgedEpoch !== group.epoch',
    ANEW,
  ),
  rule(
    'rule 11',
    'a node serves that has not acknowledged',
    HEARTBEAT,
    'heartbeat.epoch === group.epoch && node.acknowledgedEpoch',
    'node.acknowledgedEpoch',
    ANEW,
  ),
  rule(
    'rule 12',
    'an answer to an earlier request counts',
    CORE,
    'if (outstanding?.sequence !== sequence || answer.sequence !== sequence) return null',
    'if (!outstanding) return null',
    OVERTAKEN,
  ),
  rule(
    'rule 12',
    'an answer to an earlier incarnation counts',
    CORE,
    'if (answer.incarnation !== core.incarnation) return null',
    '',
    KILLED,
  ),
  rule(
    'rule 13',
    'the lease counts from the receipt of the answer',
    CORE,
    'core.doors = Object.fromEntries(granted.map((home) => [home, deadline(before(home), answer, outstanding)]))',
    'core.doors = Object.fromEntries(granted.map((home) => [home, deadline(before(home), answer, { sentAtMs: nowMs })]))',
    LATE,
  ),
  rule(
    'rule 13',
    'a door opens that is promised to the peer',
    CORE,
    '!isHeldOpen(home) && nowMs < noOpenMs(core, home)',
    'false',
    PROMISES,
  ),
  rule(
    'rule 14',
    'closed is read from memory',
    CORE,
    '    gate: { open: openDoors, kind: gateKind },',
    '    gate: { open: Object.keys(core.doors), kind: gateKind },',
    ANEW,
  ),
  rule(
    'rule 15',
    'a report does not abandon the request that is under way',
    CORE,
    'export function abandon(core: AgentCore): void {\n  core.outstanding = null',
    'export function abandon(_: AgentCore): void {',
    READ,
  ),
  rule(
    'rule 17',
    'a door is promised that is open here',
    FAILSAFE,
    'const mine = [...core.open, ...Object.keys(core.doors), ...(core.terms?.serve ?? [])]',
    'const mine = [...(core.terms?.serve ?? [])]',
    PROMISES,
    'While the door is open here, the peer’s is closed (S), and a promise opens none again (rule 18). It keeps a promise from saying what is not so.',
  ),
  rule(
    'rule 17',
    'a door is promised that the last answer granted here',
    FAILSAFE,
    'const mine = [...core.open, ...Object.keys(core.doors), ...(core.terms?.serve ?? [])]',
    'const mine = [...core.open]',
    PROMISES,
    'Liveness: without it a node that is owed a door would promise it on, and a peer that is cut off would keep it for as long as it pings.',
  ),
  rule(
    'rule 17',
    'a promise binds nobody',
    FAILSAFE,
    'core.noOpenMs[home] = Math.max(core.noOpenMs[home] ?? 0, nowMs + promiseMs)',
    '',
    PROMISES,
  ),
  rule(
    'rule 16',
    'a ping of another membership is promised to',
    FAILSAFE,
    'if (ping.epoch !== core.epoch) return []',
    '',
    ACROSS,
    'A door that stays open from an earlier membership has to be closed before anybody serves in the new one (rule 11), and a promise only ever keeps its giver from opening.',
  ),
  rule(
    'rule 18',
    'a promise opens a door again',
    FAILSAFE,
    "open.filter((home) => typeof doors[home] === 'number' && nowMs < (doors[home] as number))",
    "Object.keys(doors).filter((home) => typeof doors[home] === 'number')",
    PROMISES,
    'The promise of the peer is longer than what the pong gives (F < P), so that the peer does not open meanwhile. It keeps a door that was reported closed from opening without a grant.',
  ),
  rule(
    'rule 18',
    'the promise counts from the receipt of the pong',
    FAILSAFE,
    'export function extend(core: AgentCore, pong: Pong, sentAtMs: number, nowMs: number): Doors | null {',
    'export function extend(core: AgentCore, pong: Pong, _: number, nowMs: number): Doors | null {\n  const sentAtMs = nowMs',
    PROMISES,
  ),
  rule(
    'rule 19',
    'an agent that starts forgets that its earlier self may have promised',
    FAILSAFE,
    'handedOver ?? assumeAll(core, nowMs + promiseMs)',
    'handedOver ?? {}',
    PROMISED_ANEW,
  ),
  rule(
    'rule 19',
    'an agent hands over nothing',
    FAILSAFE,
    '  noOpenMs,\n  assumed,\n  promisedMs,\n',
    '  noOpenMs: {},\n  assumed,\n  promisedMs,\n',
    PROMISED_ANEW,
  ),
  judging('rule 20', 'a node is silent that its peer has promised to', ' && !peer.relays)', ')'),
  simulated(
    'rule 20',
    'a node is in reach again when it hears, and not when the control plane knows',
    FAILSAFE,
    ' || toldMsAgo >= limitMs',
  ),
  simulated(
    'rule 20',
    'an agent that started unheard is in reach at its first answer',
    'apps/agent/core.ts',
    'missed > 0 ? Number.POSITIVE_INFINITY : ',
    '--seed c4424897382d --group 1011 --hours 4 --no-shrink',
  ),
  rule(
    'numbers',
    'the lease is as long as the timeout',
    'domain/settings.ts',
    'settings.keepAliveTimeoutMs - settings.fenceMarginMs',
    'settings.keepAliveTimeoutMs',
    CLOCKS,
  ),
  rule(
    'numbers',
    'a promise is shorter than what it lets a door stay open',
    'domain/settings.ts',
    'promiseMs: Math.round(failsafeMs + marginMs)',
    'promiseMs: Math.round(failsafeMs / 2)',
    PROMISES,
  ),
]
