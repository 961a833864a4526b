/** What must always hold, by name; each with where the rule stands. */
export const INVARIANTS = {
  'served twice': 'Never two nodes serve the same users (protocol, invariant S).',
  'unknown pair': 'The pair of states is one of the field’s table, or of what it leaves open (node-states.json).',
  'begun twice': 'A transition begins once, whatever is repeated [B23].',
  'carried out twice': 'The work of a command begins again only when an earlier process did not keep its end.',
  'event lost': 'Every event that was decided is kept in the history, once [B32].',
  'event doubled': 'No event is decided twice under one name [B32].',
  'failed over by an outage': 'Nobody fails over for silence who was heard but for the control plane itself (rule 9).',
  'failed over while it was heard':
    'Nobody fails over for silence who serves by the promise of its peer (rule 20, two signals).',
  'automatic in maintenance': 'In maintenance nothing automatic begins (behaviour reference, section 5).',
  'too early': 'No failover for a service that has not been down for the whole delay, without a break [B11] [B12].',
  'does not settle':
    'When faults have ended, the pair comes to rest in three of its longest timeouts and the limits of the steps (liveness L).',
  'not served': 'At rest each node’s doors are open as its state says (node-states.json).',
  'does not come home': 'When everything is repaired, an operator can bring both nodes to Normal [B21] [B22].',
  'internal error': 'Nothing throws but refusals and what a fault causes.',
} as const
export type InvariantName = keyof typeof INVARIANTS

export class Broken extends Error {
  override name = 'Broken'
  readonly invariant: InvariantName

  constructor(invariant: InvariantName, what: string) {
    super(what)
    this.invariant = invariant
  }
}
