import type { EventRecord } from '../../client/answers.ts'
import { eventWords } from '../../client/words/events.ts'
import { clip, oneLine } from '../../client/words/text.ts'
import { clock } from '../../client/words/time.ts'
import { paintOf, type View } from './view.ts'

const LONGEST_NAME = 24

/** One event on one line, clipped to the view: when, which group, what happened. */
export function eventLine(event: EventRecord, view: View): string {
  const paint = paintOf(view)
  const when = clock(event.at, view)
  const group = typeof event.detail.group === 'string' ? clip(oneLine(event.detail.group), LONGEST_NAME) : '-'
  const room = view.width - when.length - group.length - 4
  return `${paint.dim(when)}  ${paint.bold(group)}  ${clip(eventWords(event, view), room)}`
}
