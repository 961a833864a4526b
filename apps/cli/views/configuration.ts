import { oneLine } from '../../client/words/text.ts'
import type { Difference } from '../configuration/difference.ts'
import type { Plan, Step } from '../configuration/plan.ts'
import { paintOf, type View } from './view.ts'

/** What would be done, one step below the other, and how much it is. */
export function planPicture({ steps }: Plan, place: string, view: View): string {
  if (steps.length === 0) return 'Nothing to change.'
  return [`${place}:`, ...steps.map((step) => stepPicture(step, view)), summary(steps)].join('\n')
}

function stepPicture(step: Step, view: View): string {
  const paint = paintOf(view)
  if (step.do === 'delete') return paint.red(`  - ${titleOf(step)}`)
  if (step.do === 'switch') {
    const when = step.on && step.isReady === null ? ', once its agents say that it is ready' : ''
    return paint.yellow(`  ~ ${titleOf(step)}${when}`)
  }
  const title = step.isNew ? paint.green(`  + ${titleOf(step)}`) : paint.yellow(`  ~ ${titleOf(step)}`)
  return [title, ...step.differences.map((each) => `      ${differenceWords(each, step.isNew)}`)].join('\n')
}

/** `node alpha`, `high availability of pair: on`. */
export const titleOf = (step: Step): string =>
  step.do === 'switch' ? `high availability of ${step.name}: ${step.on ? 'on' : 'off'}` : `${step.what} ${step.name}`

const differenceWords = ({ path, from, to }: Difference, isNew: boolean): string =>
  isNew ? `${path}: ${words(to)}` : `${path}: ${from === undefined ? 'not set' : words(from)} → ${words(to)}`

const words = (value: unknown): string =>
  oneLine(Array.isArray(value) ? value.join(', ') || 'none' : value === '' ? '""' : String(value))

function summary(steps: Step[]): string {
  const count = (wanted: (step: Step) => boolean) => steps.filter(wanted).length
  const created = count((step) => step.do === 'put' && step.isNew)
  const deleted = count((step) => step.do === 'delete')
  return `${created} to create, ${steps.length - created - deleted} to change, ${deleted} to delete.`
}

/** What a step has done, for the one who waits for it. */
export function doneLine(step: Step, view: View): string {
  const did = step.do === 'delete' ? 'deleted' : step.do === 'switch' ? '' : step.isNew ? 'created' : 'changed'
  return `${paintOf(view).green('✔')} ${titleOf(step)}${did && ` ${did}`}`
}
