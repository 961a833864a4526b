import type { AlertText, Story } from './alert-text.ts'
import { LONGEST_SUBJECT, nextLines, spoken, utc } from './alert-text.ts'
import type { BrakeDetail } from './brake.ts'
import { BY_ITSELF } from './brake.ts'

/** The message when the fleet brake begins to hold, and when it is released. */
export function brakeAlertText(detail: BrakeDetail, environment: string): AlertText {
  const story = detail.status === 'HOLDS' ? holds(detail) : released(detail)
  const status = detail.status === 'HOLDS' ? 'OPENED' : 'CLOSED'
  const lines = [
    `${status}: the fleet brake, environment ${environment} (${detail.severity})`,
    '',
    story.headline,
    '',
    `Why:     ${story.why}`,
    `Users:   ${story.users}`,
    `System:  ${story.system}`,
    ...(detail.silentGroups > 0 ? [`Silent:  ${silentNodes(detail)}`] : []),
    '',
    ...nextLines(story.next),
    '',
    `Held since ${utc(detail.since)}`,
  ]
  const subject = `[${environment}] ${status} fleet brake: ${story.headline}`
  return { subject: subject.slice(0, LONGEST_SUBJECT), message: lines.join('\n') }
}

/** What the message says first. */
export const brakeHeadline = (detail: BrakeDetail): string =>
  (detail.status === 'HOLDS' ? holds(detail) : released(detail)).headline

const nameOf = (by: string): string => by.split('/').at(-1) ?? by

const groupCount = (count: number): string => (count === 1 ? '1 group' : `${count} groups`)

function silentNodes({ silent, silentGroups }: BrakeDetail): string {
  const named = silent.map(({ cluster, group, node }) => `${node} of ${cluster}/${group}`)
  const others = silentGroups - named.length
  return named.join(', ') + (others > 0 ? `, and those of ${groupCount(others)} more` : '')
}

function holds(detail: BrakeDetail): Story {
  const { by, reason, silentGroups, groups, leastGroups, leastPercent } = detail
  const so = groups === null ? groupCount(silentGroups) : `${silentGroups} of ${groups} groups`
  const isOurs = by === BY_ITSELF
  return {
    headline: isOurs
      ? `${so} fell silent at once: no more fail over for silence.`
      : `${nameOf(by)} holds the brake: no group fails over for silence.`,
    why: isOurs
      ? `The brake holds from ${leastGroups} groups and ${leastPercent} % of all on. So many at once are rather a site, a ` +
        'network or the road to the control plane than nodes that died.'
      : reason,
    users:
      'Those of a silent node that is held back are served by nobody: its door closes with its lease. All others notice ' +
      'nothing.',
    system:
      'It still acts when services fail, when a node says good-bye, and when an operator asks. It does not release the ' +
      'brake by itself, also not when the nodes are heard again.',
    next: [
      ['See who is held back', 'understudy brake'],
      ['The nodes are dead: let their peers take over', 'understudy brake release'],
      ['One group alone', 'understudy failover GROUP NODE --cluster CLUSTER'],
    ],
  }
}

function released({ by, silentGroups, durationMs }: BrakeDetail): Story {
  return {
    headline: `The brake is released. It held for ${spoken(durationMs)}.`,
    why: `${nameOf(by)} released it.`,
    users:
      silentGroups === 0
        ? 'Nobody is held back any more.'
        : `Those of ${groupCount(silentGroups)} are taken over where the node is still silent.`,
    system:
      'It fails silent nodes over again. What was silent before does not make the brake hold anew; what follows may.',
    next: [['See how all groups stand', 'understudy status']],
  }
}
