import type { StepTime } from '../../../domain/steps.ts'
import type { EventRecord } from '../../client/answers.ts'
import { eventWords } from '../../client/words/events.ts'
import { oneLine } from '../../client/words/text.ts'
import { clock, measured } from '../../client/words/time.ts'
import { whyWords } from '../../client/words/why.ts'
import { indent, paintOf, paragraph, type View } from './view.ts'

/** One entry of a group's history: when and what, why, by which facts, and how long each step took. */
export function historyEntry(event: EventRecord, view: View): string {
  const { detail } = event
  const paint = paintOf(view)
  const lines = [`${paint.dim(clock(event.at, view))}  ${eventWords(event, view)}`]
  const more = (text: string) => lines.push(indent(indent(paragraph('', text, view))))
  if (typeof detail.why === 'string' && detail.rule !== undefined) more(`Why: ${whyWords(detail)}`)
  const facts = Array.isArray(detail.facts) ? (detail.facts as string[]) : []
  if (facts.length > 0) more(`Facts (x is ${oneLine(String(detail.x))}): ${facts.map(oneLine).join(', ')}`)
  const steps = (detail.stepTimes ?? []) as StepTime[]
  if (steps.length > 0)
    more(`Steps: ${steps.map(({ step, durationMs }) => `${step} ${measured(durationMs)}`).join(', ')}`)
  return lines.join('\n')
}
