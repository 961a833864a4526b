import fc from 'fast-check'
import type { Cluster } from '../../domain/cluster.ts'
import type { Rebalance } from '../../domain/rebalance.ts'
import { rebalanceOf } from '../../domain/rebalance.ts'
import { placesFor } from '../../domain/users.ts'
import { aCluster } from './situation.ts'

type Mode = Cluster['enterpriseParameters']['userAssignmentMode']

function clusterOf(groups: Record<string, string[]>, userAssignmentMode: Mode = 'balanced'): Cluster {
  const cluster = aCluster()
  const node = cluster.nodes.alpha as Cluster['nodes'][string]
  return {
    ...cluster,
    enterpriseParameters: { userAssignmentMode },
    nodes: Object.fromEntries([...Object.values(groups).flat(), 'alone'].map((name) => [name, node])),
    groups: Object.fromEntries(Object.entries(groups).map(([group, nodes]) => [group, { description: '', nodes }])),
  }
}
const PAIRS = { one: ['a', 'b'], two: ['c', 'd'] }
const counted = (counts: Record<string, number>) => new Map(Object.entries(counts))
const movesOf = (cluster: Cluster, counts: Record<string, number>) =>
  (rebalanceOf(cluster, counted(counts)) as Rebalance).moves.map(({ from, to, users }) => `${from} ${to} ${users}`)

describe('a rebalance', () => {
  it.each<[Mode, Record<string, number>, string[]]>([
    ['balanced', {}, []],
    ['balanced', { a: 1, b: 1, c: 1 }, []],
    ['balanced', { a: 10, b: 10 }, ['a c 5', 'b d 5']],
    ['balanced', { a: 7 }, ['a b 2', 'a c 2', 'a d 1']],
    ['balanced', { d: 2, a: 2, b: 3, c: 3 }, []],
    ['active-standby', { a: 4, b: 3, c: 1 }, ['b c 3']],
    ['active-standby', { a: 5, c: 4 }, []],
    ['active-standby', { b: 2, d: 3 }, ['b a 2', 'd a 1', 'd c 2']],
  ])('%s, of %j, moves %j', (mode, counts, moves) => {
    expect(movesOf(clusterOf(PAIRS, mode), counts)).toEqual(moves)
  })

  it('has no rule to go by where nobody is assigned', () => {
    expect(rebalanceOf(clusterOf(PAIRS, 'none'), counted({ a: 9 }))).toMatchObject({
      refused: { status: 422, code: 'NothingAssigned' },
    })
  })

  const anyGroups = fc
    .array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 8 })
    .map((sizes) =>
      Object.fromEntries(sizes.map((size, g) => [`g${g}`, Array.from({ length: size }, (_, n) => `g${g}-n${n}`)])),
    )
  const anyMode = fc.constantFrom<Mode>('balanced', 'active-standby')

  it('leaves those who take users within one of each other, moves none twice, and then has nothing to do', () => {
    fc.assert(
      fc.property(
        anyGroups,
        anyMode,
        fc.array(fc.nat({ max: 50 }), { minLength: 16, maxLength: 16 }),
        (groups, mode, loads) => {
          const cluster = clusterOf(groups, mode)
          const nodes = Object.values(groups).flat()
          const counts = new Map(nodes.map((node, n) => [node, loads[n] as number]))
          const before = new Map(counts)
          const { moves, nodes: shares } = rebalanceOf(cluster, counts) as Rebalance
          for (const { from, to, users } of moves) {
            expect(users).toBeGreaterThan(0)
            counts.set(from, (counts.get(from) as number) - users)
            counts.set(to, (counts.get(to) as number) + users)
          }
          const takers = mode === 'balanced' ? nodes : Object.values(groups).map(([first]) => first as string)
          const loadsNow = takers.map((node) => counts.get(node) as number)
          expect(Math.max(...loadsNow) - Math.min(...loadsNow)).toBeLessThanOrEqual(1)
          for (const { node, fairShare } of shares) expect(counts.get(node)).toBe(fairShare)
          for (const node of nodes) {
            const [was, is] = [before.get(node) as number, counts.get(node) as number]
            const gives = moves.some(({ from }) => from === node)
            const takes = moves.some(({ to }) => to === node)
            expect([gives, takes]).toEqual([is < was, is > was])
          }
          expect(rebalanceOf(cluster, counts)).toMatchObject({ moves: [] })
        },
      ),
    )
  })

  it('has nothing to do after batches that were placed from nothing', () => {
    fc.assert(
      fc.property(
        anyGroups,
        anyMode,
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
        (groups, mode, sizes) => {
          const cluster = clusterOf(groups, mode)
          const counts = new Map<string, number>()
          for (const size of sizes) {
            const { nodes } = placesFor(cluster, counts, Array(size).fill({})) as { nodes: string[] }
            for (const node of nodes) counts.set(node, (counts.get(node) ?? 0) + 1)
            expect(rebalanceOf(cluster, counts)).toMatchObject({ moves: [] })
          }
        },
      ),
    )
  })
})

it('of users who are placed together, all that is wrong is said', () => {
  const cluster = clusterOf(PAIRS)
  const asked = [{}, { node: 'nowhere' }, { group: 'one' }, { group: 'nowhere' }, { node: 'alone' }]
  expect(placesFor(cluster, new Map(), asked)).toEqual({
    misplaced: [
      { index: 1, refused: expect.objectContaining({ code: 'NodeUnknown' }) },
      { index: 3, refused: expect.objectContaining({ code: 'GroupUnknown' }) },
      { index: 4, refused: expect.objectContaining({ code: 'NodeInNoGroup' }) },
    ],
  })
})
