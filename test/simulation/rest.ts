import { readFileSync } from 'node:fs'
import { isPresent } from '../../domain/facts.ts'
import type { Group, NodeRecord } from '../../domain/model.ts'
import oracle from '../../domain/node-states.json' with { type: 'json' }
import { DEFAULT_CRITICAL_SERVICES } from '../../domain/settings.ts'
import { DATABASE, type Host } from '../world/host.ts'
import type { World } from '../world/world.ts'

const STATES = new Map(oracle.states.map((state) => [state.id as string, state]))

/** What keeps the pair from being at rest, in words; '' if it is. A wait for the automatic fallback is rest. */
export function unrest(world: World, group: Group): string {
  const { nowMs } = world.timeline
  const { transition, nodes, outbox, commands } = group
  if (transition && !(transition.phase === 'waiting' && transition.kind === 'fallback')) {
    return `a ${transition.kind} is ${transition.phase}`
  }
  if (outbox.length > 0) return 'something decided is not carried out'
  const pending = commands.find(({ result }) => !result)
  if (pending) return `${pending.kind} is not carried out`
  for (const node of nodes) {
    if (node.set.moving) return `the users of ${node.name} move`
    if (!isPresent(group, node, nowMs)) return `${node.name} is not heard`
    if (STATES.get(node.state)?.kind !== 'stable') return `${node.name} is ${node.state}`
  }
  const wrong = nodes.find((node, index) => doorsAmiss(world, node, nodes[1 - index] as NodeRecord) !== '')
  return wrong ? doorsAmiss(world, wrong, nodes[1 - nodes.indexOf(wrong)] as NodeRecord) : ''
}

/** Whether a node serves whom its state says that it serves; '' if so. */
function doorsAmiss(world: World, node: NodeRecord, peer: NodeRecord): string {
  const { host } = world.node(node.name)
  const open = host.openDoors().sort().join(' and ') || 'nobody'
  const wanted = wantedDoors(node, peer, host)
  return wanted.includes(open) ? '' : `${node.name} is ${node.state} and serves ${open}, not ${wanted.join(' or ')}`
}

/** In failed mode a node serves its own users while its critical services run; about the database the table is silent. */
function wantedDoors(node: NodeRecord, peer: NodeRecord, host: Host): string[] {
  if (node.state === 'RunningInFailedMode') {
    const runs = (service: string) => host.services.get(service)?.state === 'running'
    if (!DEFAULT_CRITICAL_SERVICES.every(runs)) return ['nobody']
    return runs(DATABASE) ? [node.name] : [node.name, 'nobody']
  }
  const serves = STATES.get(node.state)?.serves
  if (serves === 'own') return [node.name]
  return serves === 'group' ? [[node.name, peer.name].sort().join(' and ')] : ['nobody']
}

/** Normal, at home, and nothing under way. */
export const isHome = ({ nodes, transition }: Group): boolean =>
  !transition && nodes.every(({ state, set }, index) => state === 'Normal' && set.owner === index)

interface Limited {
  TimeoutSeconds?: number
  Resource?: string
  ItemProcessor?: { States: Record<string, Limited> }
}

/** The limits of all steps of the longest workflow that wait for an agent, each tried twice. */
const STEPS_MS = Math.max(
  ...['failover', 'fallback', 'recovery'].map((machine) => {
    const text = readFileSync(new URL(`../../statemachines/${machine}.asl.json`, import.meta.url), 'utf8')
    return 2000 * limitSeconds((JSON.parse(text) as { States: Record<string, Limited> }).States)
  }),
)

function limitSeconds(states: Record<string, Limited>): number {
  return Object.values(states).reduce((sum, { TimeoutSeconds = 0, Resource = '', ItemProcessor }) => {
    const own = Resource.endsWith('.waitForTaskToken') ? TimeoutSeconds : 0
    return sum + own + (ItemProcessor ? limitSeconds(ItemProcessor.States) : 0)
  }, 0)
}

/** How long coming to rest may take: three times the longest timeout that applies, and the limits of the steps. */
export function restLimitMs({ settings, earlierTimeout }: Group): number {
  const { keepAliveTimeoutMs, initializationTimeoutMs, criticalServiceDelayMs, automaticFallbackEnabled } = settings
  const longestMs = Math.max(
    keepAliveTimeoutMs,
    earlierTimeout?.timeoutMs ?? 0,
    initializationTimeoutMs,
    criticalServiceDelayMs,
    automaticFallbackEnabled ? settings.automaticFallbackDelayMs : 0,
  )
  return 3 * longestMs + STEPS_MS
}
