import fc from 'fast-check'
import type { Cluster } from '../../domain/cluster.ts'
import { preparedUserName, userNameSchema } from '../../domain/contract/users.ts'
import type { Group } from '../../domain/model.ts'
import { NODE_STATES } from '../../domain/states.ts'
import { currentNodeOf, disturbances, placeFor } from '../../domain/users.ts'
import { aCluster, aGroup } from './situation.ts'

type Mode = Cluster['enterpriseParameters']['userAssignmentMode']

function clusterOf(groups: Record<string, string[]>, userAssignmentMode: Mode = 'balanced'): Cluster {
  const cluster = aCluster()
  const { alpha } = cluster.nodes as { alpha: Cluster['nodes'][string] }
  const nodes = Object.values(groups).flat()
  return {
    ...cluster,
    enterpriseParameters: { userAssignmentMode },
    nodes: Object.fromEntries([...nodes, 'alone'].map((node) => [node, alpha])),
    groups: Object.fromEntries(Object.entries(groups).map(([group, of]) => [group, { description: '', nodes: of }])),
  }
}

const PAIRS = { one: ['b', 'a'], two: ['c', 'd'] }
const counted = (counts: Record<string, number>) => new Map(Object.entries(counts))

describe('[B24] the home of a new user', () => {
  it.each<[Mode, Record<string, number>, object, string]>([
    ['balanced', {}, {}, 'a'],
    ['balanced', { a: 1, b: 1, c: 1 }, {}, 'd'],
    ['balanced', { a: 9, b: 7, c: 8, d: 7 }, {}, 'b'],
    ['balanced', { a: 9, b: 7, c: 1, d: 1 }, { group: 'one' }, 'b'],
    ['active-standby', {}, {}, 'b'],
    ['active-standby', { a: 0, b: 2, c: 1, d: 0 }, {}, 'c'],
    ['active-standby', { a: 0, b: 2, c: 1, d: 2 }, {}, 'b'],
    ['active-standby', { b: 9, a: 0 }, { group: 'one' }, 'b'],
    ['active-standby', { b: 0, a: 9 }, { node: 'a' }, 'a'],
    ['none', { a: 3, b: 4 }, { group: 'one' }, 'a'],
    ['none', { a: 3, b: 4 }, { node: 'b' }, 'b'],
  ])('%s, with %j and asked for %j, is %s', (mode, counts, asked, node) => {
    expect(placeFor(clusterOf(PAIRS, mode), counted(counts), asked)).toEqual({ node })
  })

  it.each<[Mode, object, object, string, number]>([
    ['none', PAIRS, {}, 'NothingAssigned', 422],
    ['balanced', PAIRS, { node: 'nowhere' }, 'NodeUnknown', 422],
    ['balanced', PAIRS, { node: 'toString' }, 'NodeUnknown', 422],
    ['balanced', PAIRS, { node: 'alone' }, 'NodeInNoGroup', 422],
    ['balanced', PAIRS, { group: 'nowhere' }, 'GroupUnknown', 422],
    ['balanced', {}, {}, 'NoNode', 409],
    ['active-standby', {}, {}, 'NoNode', 409],
  ])('%s, in %j and asked for %j, is refused: %s', (mode, groups, asked, code, status) => {
    const place = placeFor(clusterOf(groups as Record<string, string[]>, mode), counted({ alone: 0 }), asked)
    expect(place).toEqual({ refused: { code, status, detail: expect.stringMatching(/^\S.*\.$/) } })
  })

  const anyGroups = fc
    .array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 8 })
    .map((sizes) =>
      Object.fromEntries(sizes.map((size, g) => [`g${g}`, Array.from({ length: size }, (_, n) => `g${g}-n${n}`)])),
    )

  it('balanced keeps all nodes of the cluster within one user of each other', () => {
    fc.assert(
      fc.property(anyGroups, fc.nat({ max: 60 }), (groups, users) => {
        const cluster = clusterOf(groups)
        const counts = new Map<string, number>(Object.values(groups).flatMap((nodes) => nodes.map((node) => [node, 0])))
        for (let user = 0; user < users; user++) {
          const place = placeFor(cluster, counts, {}) as { node: string }
          counts.set(place.node, (counts.get(place.node) as number) + 1)
        }
        expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('active-standby keeps all groups within one user of each other, and their second nodes empty', () => {
    fc.assert(
      fc.property(anyGroups, fc.nat({ max: 60 }), (groups, users) => {
        const cluster = clusterOf(groups, 'active-standby')
        const counts = new Map<string, number>(Object.values(groups).map(([first]) => [first as string, 0]))
        for (let user = 0; user < users; user++) {
          const place = placeFor(cluster, counts, {}) as { node: string }
          expect(counts.has(place.node)).toBe(true)
          counts.set(place.node, (counts.get(place.node) as number) + 1)
        }
        expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('[B25] users are not added', () => {
  const groupWith = (change: (group: Group) => void): Group => {
    const group = aGroup()
    change(group)
    return group
  }

  it.each(NODE_STATES)('while a node is %s, unless that is Normal or Initializing', (state) => {
    const group = groupWith(({ nodes }) => Object.assign(nodes[1] as object, { state }))
    const expected =
      state === 'Normal' || state === 'Initializing' ? [] : [{ group: 'pair', node: 'beta', state, reason: 'Normal' }]
    expect(disturbances(aCluster(), [group])).toEqual(expected)
  })

  it('and nodes without high availability do not matter, nor those of a group that is no more', () => {
    const unknown = ({ nodes }: Group) => {
      for (const node of nodes) node.state = 'Unknown'
    }
    const off = groupWith((group) => {
      group.highAvailability = false
      unknown(group)
    })
    const gone = { ...groupWith(unknown), name: 'gone' }
    expect(disturbances(aCluster(), [off, gone])).toEqual([])
  })
})

describe('the current node', () => {
  it('is who has the users, or gets them while they move', () => {
    const group = aGroup()
    const record = group.nodes[0]?.set as Group['nodes'][number]['set']
    expect(currentNodeOf(group, 'alpha')).toEqual({ index: 0, node: 'alpha' })
    record.moving = { to: 1, untilMs: 0, released: false }
    expect(currentNodeOf(group, 'alpha')).toEqual({ index: 1, node: 'beta' })
    Object.assign(record, { owner: 1, moving: null })
    expect(currentNodeOf(group, 'alpha')).toEqual({ index: 1, node: 'beta' })
    record.moving = { to: 0, untilMs: 0, released: false }
    expect(currentNodeOf(group, 'alpha')).toEqual({ index: 0, node: 'alpha' })
    expect(currentNodeOf(group, 'beta')).toEqual({ index: 1, node: 'beta' })
    expect(currentNodeOf(group, 'gamma')).toBeNull()
  })
})

describe('the name of a user', () => {
  it.each([
    ['alice', 'alice'],
    ['Alice.Smith', 'alice.smith'],
    ['+4930123456', '+4930123456'],
    ['O\\27Hara', 'o\\27hara'],
    ['MÜLLER', 'müller'],
    ['mu\u0308ller', 'müller'],
    ['ＡＬＩＣＥ', 'alice'],
    ['Ольга', 'ольга'],
    ['山田', '山田'],
    ['__proto__', '__proto__'],
    ['...', '...'],
    ['a!$*()+,;=~_-^`{|}', 'a!$*()+,;=~_-^`{|}'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('%s is kept as %s', (given, kept) => {
    expect(userNameSchema.parse(given)).toBe(kept)
  })

  it.each([
    '',
    'x'.repeat(129),
    ...'"&\'/:<>@%?#'.split('').map((sign) => `a${sign}b`),
    'a b',
    'a\u00a0b',
    'a\tb',
    'a\u0000',
    'a\u200bb',
    '\u202ea',
    '💥',
    '\ud800',
    '.',
    '..',
    '․',
    '∕',
    '\ufdfa'.repeat(10),
  ])('cannot be %j', (name) => {
    expect(userNameSchema.safeParse(name).success).toBe(false)
  })

  it('is looked at once, however long it is before its one bad sign', () => {
    for (const letter of ['x', 'é', '7', '-']) {
      expect(userNameSchema.safeParse(`${letter.repeat(100_000)} `).success).toBe(false)
    }
  })

  it('is the same however often it is prepared, and in capitals, too', () => {
    const anyName = fc.string({
      unit: fc.oneof(fc.constantFrom(...'aB9.ßſıİΣσςǅﬁＡ'), fc.string({ unit: 'grapheme', maxLength: 1 })),
    })
    fc.assert(
      fc.property(anyName, (name) => {
        const parsed = userNameSchema.safeParse(name)
        fc.pre(parsed.success)
        const kept = parsed.data as string
        expect(userNameSchema.parse(kept)).toBe(kept)
        expect(preparedUserName(name.normalize('NFD'))).toBe(kept)
        expect(kept).toBe(kept.toLowerCase())
      }),
      { numRuns: 2000 },
    )
  })
})
