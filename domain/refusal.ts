import { isPresent } from './facts.ts'
import { maintenanceView } from './maintenance.ts'
import type { Group, NodeIndex } from './model.ts'
import { peerOf } from './model.ts'
import { schedulesView } from './schedules.ts'
import type { Reason } from './states.ts'
import { reasonLabel, stateLabel } from './states.ts'
import type { ActionName } from './status.ts'
import { allowedActions, transitionView } from './status.ts'

/** What was asked for, and of which node. */
export interface Asked {
  action: ActionName
  node?: string | undefined
}

/** Who is at work on the group, or will be: what a refused operator wants to talk to. */
export type Circumstance =
  | ({ what: 'transition' } & ReturnType<typeof transitionView>)
  | ({ what: 'maintenance'; node: string | null } & NonNullable<ReturnType<typeof maintenanceView>>)
  | ({ what: 'schedule' } & ReturnType<typeof schedulesView>[number])

/** Why the state does not allow what was asked for [B23], in a sentence and as data; `circumstances`: what blocks first. */
export function refusalOf(group: Group, asked: Asked, nowMs: number) {
  const allowed = allowedActions(group, nowMs)
  const possible =
    allowed.length === 0
      ? 'Nothing can be asked for now'
      : `Possible now: ${allowed.map(({ action, node }) => (node ? `${action} of ${node}` : action)).join(', ')}`
  const sentences = [whyNot(group, asked, nowMs), ...maintenanceSentences(group), `${possible}.`]
  return {
    detail: sentences.join(' '),
    state: group.nodes.map(({ name, state, reason }) => ({ node: name, state, reason })),
    allowedActions: [...new Set(allowed.map(({ action }) => action))],
    allowed,
    circumstances: circumstancesOf(group, nowMs),
  }
}

export function circumstancesOf(group: Group, nowMs: number): Circumstance[] {
  const { transition } = group
  const places = [{ name: null, maintenance: group.maintenance }, ...group.nodes]
  return [
    ...(transition ? [{ what: 'transition' as const, ...transitionView(group, transition, nowMs) }] : []),
    ...places.flatMap(({ name, maintenance }) => {
      const view = maintenanceView(maintenance)
      return view ? [{ what: 'maintenance' as const, node: name, ...view }] : []
    }),
    ...schedulesView(group).map((schedule) => ({ what: 'schedule' as const, ...schedule })),
  ]
}

/** What each needs, in words. */
export const WANTED: Readonly<Record<ActionName, string>> = {
  failover: 'A failover needs both nodes Normal, and a peer whose services all run',
  fallback: 'A fallback needs its node Idle or Failed Over, or affected by auto-recovery',
  recovery: 'A recovery needs both nodes in failed mode, and heard',
}

function whyNot(group: Group, asked: Asked, nowMs: number): string {
  if (!group.highAvailability) return `High availability of group ${group.name} is not enabled.`
  const { transition } = group
  if (transition?.phase === 'running') return inProgress(group, nowMs)
  const say = (name: string, state: Group['nodes'][number]['state'], reason: Reason) =>
    `${name} is ${stateLabel(state)}${reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`}`
  const states = group.nodes.map(({ name, state, reason }) => say(name, state, reason)).join(', ')
  const unheard = group.nodes.filter((node) => !isPresent(group, node, nowMs)).map(({ name }) => `${name} is not heard`)
  const failing = asked.action === 'failover' ? notRunning(group, asked) : []
  return `${WANTED[asked.action]}: ${[states, ...unheard, ...failing].join(', ')}.`
}

/** What runs, why and since when, who asked for it, and what it waits for; '' where nothing does. */
export function inProgress(group: Group, nowMs: number): string {
  const { transition } = group
  if (transition?.phase !== 'running') return ''
  const { kind, from, to, trigger, requestedBy, startedAt, step, waitingUntil } = transitionView(
    group,
    transition,
    nowMs,
  )
  const way = kind === 'recovery' ? `of ${from} and ${to}` : `from ${from} to ${to}`
  const by = transition.schedule === undefined ? requestedBy : `${requestedBy}, who had scheduled it`
  const until = waitingUntil === undefined ? '' : `, which ends by ${waitingUntil}`
  return (
    `A ${kind} ${way} is in progress (${reasonLabel(trigger)}, by ${by}), since ${startedAt}, ` +
    `in step ${step}${until}.`
  )
}

function notRunning(group: Group, { node }: Asked): string[] {
  const index = group.nodes.findIndex(({ name }) => name === node)
  const peer = group.nodes[peerOf(index as NodeIndex)]
  const names = [...group.services, 'the database service']
  const down = names.filter((_, place) => peer?.services[place]?.state !== 'running')
  return down.length === 0 ? [] : [`on ${peer?.name} ${down.join(', ')} do not run`]
}

/** Maintenance keeps no command from passing; whoever is refused wants to know who is at work there. */
const maintenanceSentences = (group: Group): string[] =>
  [{ name: 'The group', maintenance: group.maintenance }, ...group.nodes].flatMap(({ name, maintenance }) =>
    maintenance
      ? [
          `${name} is in maintenance since ${new Date(maintenance.sinceMs).toISOString()} ` +
            `(${maintenance.reason}; by ${maintenance.by}).`,
        ]
      : [],
  )
