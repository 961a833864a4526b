import { reasonLabel, stateLabel } from '../../../../domain/states.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import type { UserLogin } from '../../../client/user-api.ts'
import { duration } from '../../../client/words/time.ts'
import { transitionName } from '../../../client/words/words.ts'

/** A sentence, and since when what it says is so, where that is known. */
export interface Reason {
  text: string
  since?: string
}

/** Why the user logs in there: what stands between its home and it. */
export function loginReasons({ node, homeNode, serving }: UserLogin, status: GroupStatus | undefined): Reason[] {
  const isHome = node === homeNode
  const reasons: Reason[] = isHome
    ? [{ text: `${node} is its home.` }]
    : [
        { text: `${node} stands in for ${homeNode}, its home.` },
        ...standing(status, node),
        ...standing(status, homeNode),
      ]
  if (status?.transition) {
    const { transition } = status
    reasons.push({ text: `${transitionName(transition)} is under way`, since: transition.startedAt })
  }
  if (!serving) {
    reasons.push({ text: `Nobody serves the user at the moment: ${node} is who gets it, and lets nobody in yet.` })
    if (isHome && !status?.transition) reasons.push(...standing(status, node))
  }
  if (status && !status.highAvailability) {
    reasons.push({ text: 'High availability is not enabled: no peer stands in when a node is gone.' })
  }
  return reasons
}

function standing(status: GroupStatus | undefined, name: string): Reason[] {
  const node = status?.nodes.find((each) => each.node === name)
  if (!node) return []
  const why = node.reason === 'Normal' ? '' : ` (${reasonLabel(node.reason)})`
  const heard = node.reachable ? '' : ', and is not heard'
  return [{ text: `${name} is ${stateLabel(node.state)}${why}${heard}`, since: node.since }]
}

const seconds = (value: number): string => duration(value * 1000)

/** How long clients are told to wait before they log in. */
export function waitSentence({ reLogin }: UserLogin): string {
  const { waitSeconds, lowerLimitSeconds, upperLimitSeconds } = reLogin
  const limits = `between ${seconds(lowerLimitSeconds)} and ${seconds(upperLimitSeconds)}`
  return waitSeconds === 0
    ? `At once. When many come at once, each client is told to wait a time of its own ${limits}.`
    : `Many come at once, so each client is told to wait a time of its own ${limits}: who asked just now, ${seconds(waitSeconds)}.`
}
