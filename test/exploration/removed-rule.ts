import { SCOPES } from './doors/scopes.ts'
import type { RuleMutation } from './mutations.ts'

/** Files that the ways to look depend on. */
export const FACTS = 'domain/facts.ts'
export const FAILSAFE = 'apps/agent/peer/failsafe.ts'

const DOOR_PARTS = SCOPES.map(({ name }) => name)
/** Parts in which agents ping and promise: the failsafe makes a difference in no other. */
const FAILSAFE_PARTS = SCOPES.filter(({ failsafe }) => failsafe).map(({ name }) => name)

/** `part`: where it is known to be found; where it is not, all other parts are looked at that its code runs in. */
export function rule(
  of: string,
  name: string,
  file: string,
  text: string,
  replacement: string,
  part: string,
  survivesBecause?: string,
): RuleMutation {
  const others = file === FAILSAFE ? FAILSAFE_PARTS : DOOR_PARTS
  return {
    name: `${of}: ${name}`,
    ...{ file, text, replacement },
    by: { model: 'doors', parts: [part, ...others.filter((each) => each !== part)] },
    ...(survivesBecause === undefined ? {} : { survivesBecause }),
  }
}

/** Who judges silence (rules 9, 10 and 20): the policy's model tells a node that is silent from one that seems so. */
export const judging = (of: string, name: string, text: string, replacement: string): RuleMutation => ({
  name: `${of}: ${name}`,
  ...{ file: FACTS, text, replacement },
  by: { model: 'policy', parts: ['roads that are lost'] },
})

/** Messages of lengths and orders that no model has; a pair that finds it is among the first dozens. */
const GROUPS = '--seed m1 --groups 100 --hours 4 --threads 1 --no-shrink'

export const simulated = (of: string, name: string, file: string, text: string, options = GROUPS): RuleMutation => ({
  name: `${of}: ${name}`,
  ...{ file, text, replacement: '' },
  by: { simulation: options.split(' ') },
})
