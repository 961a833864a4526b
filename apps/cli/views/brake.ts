import type { BrakeStatus } from '../../client/answers.ts'
import { oneLine } from '../../client/words/text.ts'
import { ago, clock, lasted } from '../../client/words/time.ts'
import { callerName } from '../../client/words/words.ts'
import { list } from './lists.ts'
import { indent, paintOf, paragraph, type View } from './view.ts'
import { toned } from './words.ts'

const groupCount = (count: number): string => (count === 1 ? '1 group' : `${count} groups`)

/** The fleet brake: whether it holds and why, its numbers, whom it holds back, what to do. */
export function brakePicture(brake: BrakeStatus, view: View): string {
  const parts = [standing(brake, view), paragraph('', numbers(brake), view)]
  if (brake.heldBack.length > 0) parts.push('', indent(heldBack(brake, view)))
  if (brake.holds) parts.push('', ...advice(brake).map((text) => paragraph('→', text, view)))
  return parts.join('\n')
}

function standing({ hold, release }: BrakeStatus, view: View): string {
  const paint = paintOf(view)
  if (hold) {
    const since = `since ${clock(hold.since, view)} (${lasted(hold.since, view)})`
    const why = paragraph('', `${hold.reason} (${callerName(hold.by)})`, view)
    return `${toned('bad', 'The fleet brake holds', view)} ${paint.dim(since)}\n${why}`
  }
  const last = release ? paint.dim(` · ${callerName(release.by)} released it ${ago(release.at, view)}`) : ''
  return toned('good', 'The fleet brake does not hold', view) + last
}

function numbers({ leastGroups, leastPercent, groups, silentGroups }: BrakeStatus): string {
  const all = groups === null ? 'nobody has counted them yet' : `there are ${groups}`
  return (
    `It engages when ${groupCount(leastGroups)} and ${leastPercent} % of all (${all}) would fail over for silence within ` +
    `two keep-alive timeouts. At present ${groupCount(silentGroups)} would, or just did.`
  )
}

function heldBack({ heldBack: groups }: BrakeStatus, view: View): string {
  const rows = groups.map(({ cluster, group, node, silentSince }) => [
    cluster,
    group,
    node,
    `for ${lasted(silentSince, view)}`,
  ])
  return list(['Cluster', 'Held back', 'Silent node', 'Not heard'], rows, view)
}

const advice = ({ heldBack: groups }: BrakeStatus): string[] =>
  groups.length === 0
    ? ['When all is well again: understudy brake release.']
    : [
        'Where the nodes are dead: understudy brake release lets their peers take over.',
        'One group alone: understudy failover GROUP NODE --cluster CLUSTER.',
      ]

/** What follows from a release, for the question before it. */
export function releaseConsequences({ heldBack: groups, hold }: BrakeStatus): string {
  const why = `The fleet brake holds (${oneLine(hold?.reason ?? '')}).`
  if (groups.length === 0) return `${why} No group is held back at present: releasing it moves nobody.`
  return (
    `${why} When it is released, ${groupCount(groups.length)} whose nodes are still silent fail over within a ` +
    'heartbeat: the users of these nodes, whom nobody serves, log in to the peers. Nobody who is served is disconnected.'
  )
}
