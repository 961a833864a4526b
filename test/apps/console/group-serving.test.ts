import type { GroupStatus, NodeStatus } from '../../../apps/client/answers.ts'
import { servingOf, servingSentences } from '../../../apps/console/pages/group/serving.ts'
import { NOW, normal } from '../cli/fixtures.ts'

const NOW_MS = Date.parse(NOW)
const inSeconds = (seconds: number) => new Date(NOW_MS + seconds * 1000).toISOString()
const [a, b] = normal.nodes as [NodeStatus, NodeStatus]
const pair = (one: Partial<NodeStatus>, other: Partial<NodeStatus> = {}): GroupStatus => ({
  ...normal,
  nodes: [
    { ...a, ...one },
    { ...b, ...other },
  ],
})
const door = (usersOf: string, more: object = {}) => ({
  ...{ usersOf, granted: true, open: true, leaseUntil: inSeconds(2) },
  ...more,
})

describe('who serves whom', () => {
  it('each node serves its own users, and its lease is renewed: nothing runs out', () => {
    const status = pair({ lastHeartbeatAt: NOW, doors: [door('a', { leaseUntil: inSeconds(60) })] })
    const { doors } = servingOf(status, NOW_MS)
    expect(doors[0]).toEqual({ usersOf: 'a', node: 'a', passage: 'open', closesAt: null, leaseMs: 60_000 })
    expect(servingSentences(servingOf(status, NOW_MS))).toEqual([
      'The users of a (12) log in to a.',
      'The users of b (1) log in to b.',
    ])
  })

  it('a door that is taken away closes with its lease at the latest, and its users can log in nowhere', () => {
    const status = pair({ serves: [], doors: [door('a', { granted: false })] })
    expect(servingOf(status, NOW_MS).doors[0]).toMatchObject({ passage: 'closing', closesAt: inSeconds(2) })
    expect(servingSentences(servingOf(status, NOW_MS))[0]).toBe(
      'The users of a (12) can log in nowhere now. Their door at a is closing.',
    )
  })

  it('the door of a silent node is open until its lease lapses, and closed from then on without anybody saying so', () => {
    const silent = pair({ reachable: false })
    const lapsing = pair({ reachable: false, serves: [], doors: [door('a')] })
    expect(servingOf(silent, NOW_MS).doors[0]).toMatchObject({ passage: 'open', leaseMs: null })
    expect(servingOf(lapsing, NOW_MS).doors[0]).toMatchObject({ passage: 'open', closesAt: inSeconds(2) })
    const lapsed = servingOf(lapsing, NOW_MS + 2000)
    expect(lapsed.doors[0]).toMatchObject({ passage: 'lapsed', closesAt: null })
    expect(servingSentences(lapsed)[0]).toContain('is closed, as its lease has lapsed')
  })

  it('the lease of a node that is heard was renewed since the page read of it: it runs out for nobody', () => {
    const { doors } = servingOf(pair({ doors: [door('a')] }), NOW_MS + 4000)
    expect(doors[0]).toMatchObject({ passage: 'open', closesAt: null })
  })

  it('a door that is granted and not open yet is opening', () => {
    const status = pair({ serves: [], doors: [] }, { serves: ['b'], doors: [door('a', { open: false }), door('b')] })
    expect(servingSentences(servingOf(status, NOW_MS))[0]).toBe(
      'The users of a (12) can log in nowhere now. Their door at b is opening.',
    )
  })

  it('users who are served by the peer are away from home', () => {
    const status = pair({ serves: [], doors: [] }, { serves: ['a', 'b'], doors: [door('a'), door('b')] })
    expect(servingSentences(servingOf(status, NOW_MS))[0]).toBe('The users of a (12) log in to b, away from home.')
  })

  it('without high availability a door needs no lease', () => {
    const { doors } = servingOf(pair({ doors: [door('a', { leaseUntil: null })] }), NOW_MS)
    expect(doors[0]).toMatchObject({ passage: 'open', closesAt: null, leaseMs: null })
  })
})
