import { readFileSync } from 'node:fs'
import { staleness } from './mutation-run.ts'
import { MUTATIONS } from './mutations.ts'
import { SURVIVORS } from './survivors.ts'

/** The models themselves are explored by `npm run explore`: it takes minutes. */
describe('the mutations', () => {
  it('can all be made: what each replaces stands exactly once in its file', () => {
    const stale = MUTATIONS.flatMap((mutation) => {
      const why = staleness(mutation)
      return why ? [`${mutation.name}: ${why}`] : []
    })

    expect(stale).toEqual([])
  })

  it('have a reason for each condition that may be removed and breaks nothing', () => {
    const names = MUTATIONS.filter(({ survivesBecause }) => survivesBecause !== undefined).map(({ name }) => name)
    const listed = Object.keys(SURVIVORS).map((name) => `row ${name.replace(' ', ' without ')}`)

    expect(listed.filter((name) => !names.includes(name))).toEqual([])
  })

  it('stand in docs/mutations.md, each of them (else: npm run explore -- --write)', () => {
    const kept = readFileSync(new URL('../../docs/mutations.md', import.meta.url), 'utf8')

    expect(
      MUTATIONS.filter(({ name }) => !kept.includes(`| ${name.replaceAll('|', '\\|')} |`)).map(({ name }) => name),
    ).toEqual([])
  })
})
