import { NODE_STATES } from '../../domain/states.ts'
import { ALTERNATIVES, FIELD_ROWS, FURTHER_ROWS, nameOf, serves } from './oracle.ts'
import { missing, NEVER_TAKEN, STORIES } from './stories.ts'
import { claimsOf } from './story.ts'

/** The walk itself takes minutes: `npm run conformance`. */
describe('the stories of the conformance walk', () => {
  it('lead to every pair of the table, by each of its alternatives', () => {
    expect(new Set(ALTERNATIVES.map(({ row }) => row))).toEqual(new Set([...FIELD_ROWS, ...FURTHER_ROWS]))
    expect(missing().map(nameOf)).toEqual([])
  })

  it('leave out no row of the field’s own, and nothing that a story leads to', () => {
    const leftOut = NEVER_TAKEN.map(({ alternative }) => alternative)

    expect(leftOut.filter(({ row }) => FIELD_ROWS.includes(row))).toEqual([])
    expect(leftOut.filter((each) => STORIES.some((story) => claimsOf(story).includes(each)))).toEqual([])
  })

  it('end where the pair is healthy, each under a title of its own', () => {
    expect(STORIES.filter((story) => claimsOf(story).at(-1)?.row !== 1).map(({ title }) => title)).toEqual([])
    expect(new Set(STORIES.map(({ title }) => title)).size).toBe(STORIES.length)
  })

  it.each(NODE_STATES)('know whom a node serves that is %s', (state) => {
    expect(serves(state, true)).not.toEqual([])
  })
})
