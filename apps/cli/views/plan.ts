import type { Plan, PlannedStep } from '../../../domain/plan.ts'
import { ORDERS, OUTCOMES } from '../../client/words/commands.ts'
import { oneLine } from '../../client/words/text.ts'
import { duration } from '../../client/words/time.ts'
import { indent, paintOf, paragraph, type View } from './view.ts'
import { standing, toned } from './words.ts'

/** What a command would do, step by step: what is waited for, who serves whom, whom it disconnects. */
export function planView(plan: Plan, view: View): string {
  const steps = plan.steps.map((step, index) => stepView(step, index + 1, view))
  return [...steps, outcome(plan, view)].join('\n\n')
}

function stepView(step: PlannedStep, number: number, view: View): string {
  const paint = paintOf(view)
  const states = step.nodes.map((node) => {
    const serves =
      node.serves.length === 0 ? 'serves nobody' : `serves users of ${node.serves.map(oneLine).join(' and ')}`
    return indent(indent(`${oneLine(node.node)}: ${standing(node, view)}, ${serves}`))
  })
  const orders = step.orders.map(({ node, command }) => `${node} ${ORDERS[command] ?? command}`)
  const cuts = step.disconnects.map(({ usersOf, from, users }) =>
    indent(paragraph('→', `${from} disconnects the users of ${usersOf} (${users} at present).`, view)),
  )
  const limit = step.atMostSeconds === null ? '' : `, ${duration(step.atMostSeconds * 1000)} at most`
  return [
    paint.bold(`${number}. ${step.step}`) + paint.dim(step.rules.map(({ rule }) => `  rule ${rule}`).join('')),
    ...states,
    ...cuts.map((cut) => toned('warning', cut, view)),
    ...(orders.length > 0 ? [indent(paragraph('→', `${orders.join('; ')}.`, view))] : []),
    ...(step.waitsFor === '' ? [] : [indent(paragraph('', `Waits for ${step.waitsFor}${limit}.`, view))]),
  ].join('\n')
}

const outcome = ({ outcome: how, atMostSeconds }: Plan, view: View): string =>
  `${OUTCOMES[how]} All waits together are ${duration(atMostSeconds * 1000)} at most.\n` +
  paintOf(view).dim('Nothing was changed.')
