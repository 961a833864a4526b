import type { Draft } from './draft.ts'
import { publish } from './draft.ts'
import type { Fact, Facts, Occurrence } from './facts.ts'
import { factsOf } from './facts.ts'
import { firstMatch } from './match.ts'
import type { Group, NodeIndex, Withheld } from './model.ts'
import { peerOf } from './model.ts'
import type { Row } from './policy-row.ts'
import { isInMaintenance } from './restraints.ts'

type Found = { row: Row; x: NodeIndex; because: Withheld['because'] }

/** The facts as they would be if nothing held automatic actions back. */
function lifted(facts: Facts, { settings }: Group): Facts {
  const free = new Set<Fact>([...facts, 'automatic', 'serviceFailover'])
  if (settings.automaticFallbackEnabled) free.add('automaticFallback')
  for (const fact of ['braked', 'serviceMovesUsedUp', 'fallbacksUsedUp'] as const) free.delete(fact)
  return free
}

/** A look knows nothing of the brake: what it was last seen to hold back, it holds back still. */
function brakeHolds({ withheld }: Group, occurrence: Occurrence): boolean {
  const isAsked = occurrence.kind === 'heartbeat' && occurrence.brake !== 'unasked'
  return isAsked ? occurrence.brake === 'holds' : withheld?.because === 'fleet brake'
}

/**
 * The change of states that the policy would make by itself, if neither maintenance nor the fleet brake nor a cut-off
 * held it back; null: nothing is held back. Either node may be the judge of the other's silence.
 */
export function withheldOf(group: Group, nowMs: number, occurrence: Occurrence): Found | null {
  const maintained = isInMaintenance(group, nowMs)
  const braked = brakeHolds(group, occurrence)
  if (!group.highAvailability || !(maintained || braked || group.cutOffs.length > 0)) return null
  for (const node of [0, 1] as const) {
    const facts = factsOf(group, nowMs, {
      ...{ kind: 'heartbeat', node, restarted: false },
      ...(braked ? { brake: 'holds' } : {}),
    } as const)
    const match = firstMatch(group, (x) => lifted(facts(x), group))
    if (!match?.row.to || firstMatch(group, facts)?.row === match.row) continue
    const byBrake = braked && match.row.when.includes('!braked')
    return { ...match, because: maintained ? 'maintenance' : byBrake ? 'fleet brake' : 'cut-off' }
  }
  return null
}

export const isSameWithheld = (found: Found | null, told: Withheld | null): boolean =>
  found === null
    ? told === null
    : found.row.row === told?.row && found.x === told.node && found.because === told.because

/** Says what would have happened, once for each thing that would (behaviour reference, section 5). */
export function noteWithheld(draft: Draft): void {
  const { group, nowMs, occurred } = draft
  const found = withheldOf(group, nowMs, occurred)
  if (isSameWithheld(found, group.withheld)) return
  group.withheld = found && { row: found.row.row, node: found.x, because: found.because, sinceMs: nowMs }
  if (!found) return
  const states = found.row.to?.map(([state]) => state) ?? []
  publish(draft, 'Automatic Action Withheld', {
    rule: found.row.row,
    why: found.row.why,
    because: found.because,
    would: [found.x, peerOf(found.x)].map((index, side) => ({ node: group.nodes[index]?.name, state: states[side] })),
  })
}
