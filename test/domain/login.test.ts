import fc from 'fast-check'
import { loginAt, spreadSeconds } from '../../domain/login.ts'
import type { Group, NodeRecord } from '../../domain/model.ts'
import { aGroup, NOW, SECOND, TIMEOUT } from './situation.ts'

const LIMITS = { lowerLimitSeconds: 120, upperLimitSeconds: 537 }

function login(change: (group: Group, alpha: NodeRecord, beta: NodeRecord) => void, home = 'alpha') {
  const group = aGroup()
  const [alpha, beta] = group.nodes as [NodeRecord, NodeRecord]
  change(group, alpha, beta)
  const found = loginAt(group, home, NOW)
  return found && { node: found.node, serving: found.serving, crowded: found.crowded(LIMITS) }
}

const takenOver = (movedMsAgo: number) => (_: Group, alpha: NodeRecord, beta: NodeRecord) => {
  alpha.set = { owner: 1, moving: null }
  alpha.movedAtMs = NOW - movedMsAgo
  alpha.state = 'FailedOver'
  beta.state = 'RunningInBackupMode'
  beta.open = [0, 1]
}

describe('[B26] a user logs in', () => {
  it('at home, at once, where all is well', () => {
    expect(login(() => undefined)).toEqual({ node: 'alpha', serving: true, crowded: false })
  })

  it('where it goes, after a while, while it moves', () => {
    const moving = (_: Group, alpha: NodeRecord) => {
      alpha.set.moving = { to: 1, untilMs: NOW + SECOND, released: false }
    }
    expect(login(moving)).toEqual({ node: 'beta', serving: false, crowded: true })
    expect(login(moving, 'beta')).toEqual({ node: 'beta', serving: true, crowded: false })
  })

  it('at the peer, after a while just after the move, and then at once', () => {
    expect(login(takenOver(0))).toEqual({ node: 'beta', serving: true, crowded: true })
    expect(login(takenOver(537 * SECOND - 1))).toEqual({ node: 'beta', serving: true, crowded: true })
    expect(login(takenOver(537 * SECOND))).toEqual({ node: 'beta', serving: true, crowded: false })
    expect(login(takenOver(0), 'beta')).toEqual({ node: 'beta', serving: true, crowded: false })
  })

  it('at home again, after a while just after the fallback', () => {
    const home = login((_, alpha) => {
      alpha.movedAtMs = NOW - SECOND
    })
    expect(home).toEqual({ node: 'alpha', serving: true, crowded: true })
  })

  it.each<[string, (group: Group, alpha: NodeRecord, beta: NodeRecord) => void]>([
    [
      'both nodes are silent',
      (_, ...both) => {
        for (const node of both) node.lastAtMs = NOW - TIMEOUT
      },
    ],
    [
      'it is in failed mode with its services down',
      (_, ...both) => {
        for (const node of both) {
          node.state = 'RunningInFailedMode'
          node.services = node.services.map((service) => ({ ...service, state: 'stopped' }))
        }
      },
    ],
    [
      'its door is not open yet',
      (_, alpha) => {
        alpha.open = []
      },
    ],
    [
      'it has never been heard',
      (group, alpha) => {
        Object.assign(alpha, { state: 'Unknown', lastAtMs: 0, open: [], acknowledgedEpoch: 0 })
        group.epoch += 1
      },
    ],
  ])('at the node that has the users, after a while, also where %s', (_, change) => {
    expect(login(change)).toEqual({ node: 'alpha', serving: false, crowded: true })
  })

  it('at home, at once, without high availability, whatever is heard of the node', () => {
    const off = login((group, alpha) => {
      group.highAvailability = false
      Object.assign(alpha, { state: 'Unknown', lastAtMs: 0, open: [] })
    })
    expect(off).toEqual({ node: 'alpha', serving: true, crowded: false })
  })

  it('nowhere in a group that the home is not in', () => {
    expect(login(() => undefined, 'gamma')).toBeNull()
  })
})

it('waits are spread between the limits, and never outside of them', () => {
  const limit = fc.double({ min: 0, max: 3600, noNaN: true })
  fc.assert(
    fc.property(limit, limit, fc.double({ min: 0, max: 1, noNaN: true }), (one, other, chance) => {
      const limits = { lowerLimitSeconds: Math.min(one, other), upperLimitSeconds: Math.max(one, other) }
      const seconds = spreadSeconds(limits, chance)
      expect(seconds).toBeGreaterThanOrEqual(limits.lowerLimitSeconds)
      expect(seconds).toBeLessThanOrEqual(limits.upperLimitSeconds)
    }),
  )
  expect([0, 0.25, 0.5, 1].map((chance) => spreadSeconds(LIMITS, chance))).toEqual([120, 224.3, 328.5, 537])
})
