import type { Decision, Explanation } from '../../../domain/explanation.ts'
import type { Expectation } from '../../../domain/next.ts'
import type { GroupStatus } from '../../client/answers.ts'
import { oneLine } from '../../client/words/text.ts'
import { clock, left } from '../../client/words/time.ts'
import { callerName } from '../../client/words/words.ts'
import { indent, paintOf, paragraph, type View } from './view.ts'

/** Why a group is as it is, and what will happen next and when. */
export function explanationView(status: GroupStatus, explanation: Explanation, view: View): string {
  const { now, decisions, next, recommendedActions } = explanation
  const paint = paintOf(view)
  const part = (title: string, lines: string[]) =>
    lines.length === 0 ? [] : [[paint.bold(title), ...lines].join('\n')]
  return [
    ...part(
      `${oneLine(status.group)} now`,
      now.map((sentence) => paragraph('', sentence, view)),
    ),
    ...part(
      'How it came to that',
      decisions.map((decision) => decisionView(decision, view)),
    ),
    ...part(
      'What comes next',
      next.length === 0 ? [paragraph('', NOTHING, view)] : next.map((each) => nextView(each, view)),
    ),
    ...part(
      'What to do',
      recommendedActions.map((action) => paragraph('→', action, view)),
    ),
  ].join('\n\n')
}

const NOTHING = 'Nothing is due. Both nodes are watched.'

function decisionView({ at, rule, what, why, facts, by }: Decision, view: View): string {
  const asked = by === '' ? '' : `, asked for by ${callerName(by)}`
  const lines = [
    indent(`${clock(at, view)}  ${paintOf(view).dim(`rule ${rule}${asked}`)}`),
    indent(paragraph('', `${what}.`, view)),
    indent(paragraph('', why, view)),
  ]
  if (facts.length > 0) lines.push(indent(paragraph('', `What held: ${facts.join('; ')}.`, view)))
  return lines.join('\n')
}

function nextView({ at, sentence, rule }: Expectation, view: View): string {
  const when = at === null ? '' : `In ${left(at, view)} (${clock(at, view)}): `
  return paragraph('→', `${when}${sentence}${rule === undefined ? '' : ` (rule ${rule})`}`, view)
}
