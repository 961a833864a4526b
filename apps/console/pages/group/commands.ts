import type { AllowedAction, GroupStatus, TransitionKind } from '../../../client/answers.ts'

/** What the buttons say, and what a dialog asks. */
export const COMMANDS: Readonly<Record<TransitionKind, { button: string; title: string; node: string }>> = {
  failover: { button: 'Failover', title: 'Fail over', node: 'The node to fail over from' },
  fallback: { button: 'Fallback', title: 'Fall back', node: 'The node whose users go home' },
  recovery: { button: 'Recover', title: 'Recover', node: '' },
}
export const KINDS = ['failover', 'fallback', 'recovery'] as const

export const isAllowed = (status: GroupStatus, kind: TransitionKind, node?: string): boolean =>
  status.allowed.some((each: AllowedAction) => each.action === kind && (node === undefined || each.node === node))

/** The node that is meant where only one is possible. */
export function onlyNode(status: GroupStatus, kind: TransitionKind): string | undefined {
  const nodes = status.allowed.filter(({ action }) => action === kind).map(({ node }) => node)
  return nodes.length === 1 ? nodes[0] : undefined
}

/** All that what is allowed, and why not, can depend on: an answer of the API holds as long as this is the same. */
export const standingKey = ({ version: _, nodes, transition, allowed, highAvailability }: GroupStatus): string =>
  JSON.stringify([
    highAvailability,
    allowed,
    transition && [transition.id, transition.step],
    nodes.map(({ node, state, reason, reachable, serves, maintenance, criticalServices, databaseService }) => [
      node,
      state,
      reason,
      reachable,
      serves,
      maintenance,
      Object.values(criticalServices).map(({ state: service }) => service),
      databaseService.state,
    ]),
  ])
