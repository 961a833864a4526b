import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import { draftOf } from '../../domain/decide.ts'
import { absorb, answerTo } from '../../domain/heartbeat.ts'
import type { Group, NodeRecord } from '../../domain/model.ts'
import type { Session } from '../../domain/sessions.ts'
import { comesAtOnce, endsAtMs, lossOf, placeOf } from '../../domain/sessions.ts'
import { statusOf } from '../../domain/status.ts'
import { aGroup, HOUR, MINUTE, NOW, SECOND } from './situation.ts'

const aSession = (different: Partial<Session> = {}): Session => ({
  cluster: 'c',
  user: 'alice',
  assignment: 'id-of-alice',
  home: 'alpha',
  device: 'phone',
  platform: 'ios',
  mode: 'background',
  pushEnabled: true,
  node: 'alpha',
  putAtMs: NOW - HOUR,
  expiresAtMs: NOW + HOUR,
  ...different,
})

function alphaOf(group: Group, change: Partial<NodeRecord>): Group {
  Object.assign(group.nodes[0] as NodeRecord, change)
  return group
}
const takenOver = (): Group => alphaOf(aGroup(), { set: { owner: 1, moving: null }, movedAtMs: NOW - MINUTE })

describe('[B27] a session', () => {
  it('is where it was put, until it expires', () => {
    expect(placeOf(aGroup(), aSession({ mode: 'foreground' }), NOW)).toBe('alpha')
    expect(placeOf(aGroup(), aSession({ expiresAtMs: NOW }), NOW)).toBeNull()
    expect(placeOf(aGroup(), aSession({ home: 'gamma' }), NOW)).toBeNull()
  })

  it('goes with its user if it is suspended and takes pushes, and ends else', () => {
    expect(placeOf(takenOver(), aSession(), NOW)).toBe('beta')
    expect(placeOf(takenOver(), aSession({ mode: 'foreground' }), NOW)).toBeNull()
    expect(placeOf(takenOver(), aSession({ pushEnabled: false }), NOW)).toBeNull()
    const again = aSession({ mode: 'foreground', node: 'beta', putAtMs: NOW })
    expect(placeOf(takenOver(), again, NOW)).toBe('beta')
  })

  it('that ended at a failover does not come back with a fallback', () => {
    const home = alphaOf(aGroup(), { movedAtMs: NOW - SECOND })
    expect(placeOf(home, aSession({ mode: 'foreground' }), NOW)).toBeNull()
  })
})

describe('[B27] messages queued for a session', () => {
  const crashed = (node: 0 | 1, agoMs: number): Group =>
    alphaOf(takenOver(), { crashes: [{ node, atMs: NOW - agoMs }] })

  it('are lost with the node that it was on, if it was suspended', () => {
    const atMs = NOW - MINUTE
    expect(lossOf(crashed(0, MINUTE), aSession())).toEqual({ node: 'alpha', atMs })
    expect(lossOf(crashed(0, MINUTE), aSession({ pushEnabled: false }))).toEqual({ node: 'alpha', atMs })
    expect(lossOf(crashed(0, MINUTE), aSession({ mode: 'foreground' }))).toBeNull()
    expect(lossOf(crashed(0, MINUTE), aSession({ putAtMs: atMs }))).toBeNull()
    expect(lossOf(crashed(0, MINUTE), aSession({ home: 'beta' }))).toBeNull()
    expect(lossOf(takenOver(), aSession())).toBeNull()
  })

  it('are lost, too, with a node that it had been carried to', () => {
    expect(lossOf(crashed(1, MINUTE), aSession())?.node).toBe('beta')
    expect(lossOf(crashed(1, MINUTE), aSession({ pushEnabled: false }))).toBeNull()
  })
})

describe('[B29] a subscription', () => {
  const subscription = {
    cluster: 'c',
    user: 'alice',
    assignment: 'id',
    home: 'alpha',
    presentity: 'bob',
    lastsMs: 10 * MINUTE,
  }

  it('has its whole time anew from the move of its user on, if it was alive then', () => {
    expect(endsAtMs(aGroup(), { ...subscription, putAtMs: NOW })).toBe(NOW + 10 * MINUTE)
    expect(endsAtMs(takenOver(), { ...subscription, putAtMs: NOW - 10 * MINUTE })).toBe(NOW + 9 * MINUTE)
    expect(endsAtMs(takenOver(), { ...subscription, putAtMs: NOW - 11 * MINUTE })).toBe(NOW - MINUTE)
    expect(endsAtMs(takenOver(), { ...subscription, putAtMs: NOW })).toBe(NOW + 10 * MINUTE)
  })
})

describe('[B27] who logs in', () => {
  const asked = { assignment: 'id-of-alice' }
  const foreground = aSession({ mode: 'foreground' })

  it('comes at once with a client that was in the foreground and takes pushes', () => {
    expect(comesAtOnce([foreground], asked)).toBe(true)
    expect(comesAtOnce([aSession({ mode: 'foreground', pushEnabled: false })], asked)).toBe(false)
    expect(comesAtOnce([aSession()], asked)).toBe(false)
    expect(comesAtOnce([], asked)).toBe(false)
    expect(comesAtOnce([foreground], { assignment: 'of an earlier Alice' })).toBe(false)
  })

  it('waits where it does not say which client it is, and not all are such', () => {
    const desktop = aSession({ device: 'desktop', mode: 'foreground', pushEnabled: false })
    expect(comesAtOnce([foreground, desktop], asked)).toBe(false)
    expect(comesAtOnce([foreground, desktop], { ...asked, device: 'phone' })).toBe(true)
    expect(comesAtOnce([foreground, desktop], { ...asked, device: 'desktop' })).toBe(false)
    expect(comesAtOnce([foreground, desktop], { ...asked, device: 'tablet' })).toBe(false)
  })
})

describe('[B27] how far sessions are re-created', () => {
  type Said = NonNullable<Heartbeat['sessions']>[number]
  const said = (different: Partial<Said> = {}): Said => ({
    homeNode: 'alpha',
    movedAtMs: NOW - MINUTE,
    restored: 10,
    failed: 1,
    lost: 2,
    forMs: 5 * SECOND,
    done: false,
    ...different,
  })
  const beat = (sessions: Said[]): Heartbeat => ({
    incarnation: 1,
    sequence: 101,
    bootId: 'boot-1',
    sentAtMs: NOW,
    epoch: 1,
    softwareVersion: '14.0',
    services: {},
    database: { state: 'running', forMs: 0 },
    replicationSetup: 2,
    gate: { open: ['beta', 'alpha'], kind: 'front' },
    sessions,
  })
  /** The group after its heartbeat, and what was told. */
  function heard(group: Group, index: 0 | 1, ...sessions: Said[]) {
    const draft = draftOf(group, NOW)
    absorb(draft, index, beat(sessions))
    const events = draft.group.outbox.filter((each) => each.kind === 'event')
    return { group: draft.group, told: events.filter(({ detailType }) => detailType === 'Sessions Restored') }
  }

  it('is shown while it goes on, and told once when it is done', () => {
    const begun = heard(takenOver(), 1, said())
    expect(begun.told).toEqual([])
    expect(statusOf(begun.group, '', NOW).restores).toEqual([
      {
        homeNode: 'alpha',
        node: 'beta',
        restored: 10,
        failed: 1,
        lost: 2,
        startedAt: new Date(NOW - 5 * SECOND).toISOString(),
        endedAt: null,
      },
    ])

    const done = heard(begun.group, 1, said({ restored: 99, done: true }))
    expect(done.told.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({ node: 'beta', homeNode: 'alpha', restored: 99, failed: 1, lost: 2, durationMs: 5000 }),
    ])
    expect(statusOf(done.group, '', NOW).restores).toEqual([
      expect.objectContaining({ restored: 99, endedAt: new Date(NOW).toISOString() }),
    ])
    expect(heard(done.group, 1, said({ restored: 99, done: true })).told).toHaveLength(1)
  })

  it('is not told where there was nothing to do', () => {
    const { group, told } = heard(takenOver(), 1, said({ restored: 0, failed: 0, lost: 0, done: true }))
    expect(told).toEqual([])
    expect(statusOf(group, '', NOW).restores).toMatchObject([{ restored: 0, endedAt: expect.any(String) }])
  })

  it('counts from who has the users now, for their last move', () => {
    expect(heard(takenOver(), 0, said()).group.nodes[0]?.restore).toBeUndefined()
    expect(heard(takenOver(), 1, said({ movedAtMs: NOW - HOUR })).group.nodes[0]?.restore).toBeUndefined()
    expect(heard(takenOver(), 1, said({ homeNode: 'gamma' })).group.nodes.map(({ restore }) => restore)).toEqual([
      undefined,
      undefined,
    ])
  })

  it('follows from the answer, which says when the users of each home came', () => {
    expect(answerTo(takenOver(), 1, NOW).moved).toEqual({ alpha: NOW - MINUTE })
    expect(answerTo(takenOver(), 0, NOW).moved).toBeUndefined()
    expect(answerTo(aGroup(), 1, NOW).moved).toBeUndefined()
  })
})
