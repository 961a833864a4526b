import { readFileSync } from 'node:fs'
import { Deviation, headsOf } from './deviation.ts'
import { MUTATIONS, ROW_MUTATIONS } from './mutations.ts'
import { RULE_MUTATIONS } from './rule-mutations.ts'
import { Exploration, type Model } from './search.ts'
import { staleness } from './source-mutation.ts'
import { SURVIVORS } from './survivors.ts'

/** The models themselves are explored by `npm run explore`: it takes minutes. */
describe('the mutations', () => {
  it('of the sources can all be made: what each replaces stands exactly once in its file', () => {
    const stale = RULE_MUTATIONS.flatMap((mutation) => {
      const why = staleness(mutation)
      return why ? [`${mutation.name}: ${why}`] : []
    })

    expect(stale).toEqual([])
  })

  it('have a reason for conditions only that stand in the table', () => {
    const conditions = ROW_MUTATIONS.map(({ row, condition }) => `${row} ${condition}`)

    expect([...SURVIVORS.keys()].filter((name) => !conditions.includes(name))).toEqual([])
  })

  it('stand in docs/mutations.md, each of them (else: npm run explore -- --write)', () => {
    const kept = readFileSync(new URL('../../docs/mutations.md', import.meta.url), 'utf8')

    expect(
      MUTATIONS.filter(({ name }) => !kept.includes(`| ${name.replaceAll('|', '\\|')} |`)).map(({ name }) => name),
    ).toEqual([])
  })
})

/** Places on a ring; from the place `jump` a way leads to a second ring besides. */
function ring(size: number, jump: number | null, forbidden: number | null): Model<{ at: number; lap: number }> {
  return {
    initial: [{ name: 'the start', state: { at: 0, lap: 0 } }],
    steps: ({ at, lap }) => [
      { name: 'on', kind: 'calm', next: { at: (at + 1) % size, lap } },
      { name: 'back', kind: 'fault', next: { at: (at + size - 1) % size, lap } },
      ...(at === jump ? [{ name: 'off', kind: 'change' as const, next: { at, lap: 1 } }] : []),
    ],
    broken: ({ at, lap }) => (lap === 1 && at === forbidden ? 'nobody comes here' : null),
    key: ({ at, lap }) => `${at}/${lap}`,
    describe: ({ at, lap }) => `${at} of lap ${lap}`,
  }
}

describe('a deviation', () => {
  /** The model without the jump, and then with it, from what was seen before and from scratch. */
  const bothWays = (forbidden: number | null) => {
    const model = ring(8, null, forbidden)
    const base = new Exploration(model, { keepGraph: true }).run()
    const jumps = ring(8, 3, forbidden)
    const differs = new Set([...Array(base.states).keys()].filter((number) => JSON.parse(base.textOf(number)).at === 3))
    Object.assign(model, { steps: jumps.steps })
    return [
      new Deviation(base, differs, headsOf(base)).run(),
      new Exploration(jumps, { keepGraph: true }).run(),
    ] as const
  }

  it('comes to the same states by the same transitions as an exploration from scratch', () => {
    const [deviation, scratch] = bothWays(null)

    expect(deviation.states).toBe(16)
    expect(deviation.states).toBe(scratch.states)
    expect(deviation.edges).toEqual(scratch.edges)
  })

  it('finds the same shortest way to what must not be', () => {
    const [deviation, scratch] = bothWays(6)

    expect(deviation.counterexample?.path.at(-1)).toBe('on  →  6 of lap 1')
    expect(deviation.counterexample).toEqual(scratch.counterexample)
  })
})
