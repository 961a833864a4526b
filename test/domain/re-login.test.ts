import type { Cluster } from '../../domain/cluster.ts'
import { nodeSchema } from '../../domain/contract/configuration.ts'
import { CAPACITY_CLASSES, isWideEnough, recommendedReLogin } from '../../domain/re-login.ts'
import { readinessOf } from '../../domain/readiness.ts'
import { aCluster, aGroup, NOW } from './situation.ts'

type Mode = Cluster['enterpriseParameters']['userAssignmentMode']
type Node = Cluster['nodes'][string]

function clusterOf(classes: (number | undefined)[], mode: Mode = 'balanced'): Cluster {
  const cluster = aCluster()
  const [alpha, beta] = classes.map((capacityClass, n) => ({
    ...(cluster.nodes[n === 0 ? 'alpha' : 'beta'] as Node),
    ...(capacityClass === undefined ? {} : { capacityClass }),
  }))
  return {
    ...cluster,
    enterpriseParameters: { userAssignmentMode: mode },
    nodes: { alpha: alpha as Node, beta: beta as Node },
  }
}
const counted = (alpha: number, beta: number) => new Map(Object.entries({ alpha, beta }))

describe('the recommended re-login limits [B26]', () => {
  // The vendor's own figures: its default fits a pair of the class 5000, its longest window the class 25,000 on standby.
  it.each<[(number | undefined)[], Mode, [number, number], number, number]>([
    [[undefined, undefined], 'balanced', [2500, 2500], 6, 537],
    [[25_000, 25_000], 'active-standby', [25_000, 0], 8, 3245],
    [[15_000, 15_000], 'balanced', [7500, 7400], 15, 620],
    [[15_000, 15_000], 'balanced', [7500, 0], 6, 1370],
    [[15_000, 5000], 'balanced', [600, 600], 6, 220],
    [[500, 500], 'none', [1, 2], 1.5, 122],
    [[500, 500], 'balanced', [0, 0], 1.5, 120],
    [[500, 500], 'balanced', [9000, 9000], 1.5, 3600],
  ])(
    'of nodes of the classes %j, %s, with %j users, are for %d a second: 120 to %d s',
    (classes, mode, users, rate, upper) => {
      const [alpha, beta] = ['alpha', 'beta'].map((node) =>
        recommendedReLogin(clusterOf(classes, mode), node, counted(...users)),
      )
      expect(alpha).toEqual({
        lowerLimitSeconds: 120,
        upperLimitSeconds: upper,
        users: Math.max(...users),
        usersPerSecond: rate,
      })
      expect(beta).toEqual(alpha)
    },
  )

  it('are none for a node that stands alone: nobody moves', () => {
    const cluster = clusterOf([500, 500])
    const single = { ...cluster, groups: { single: { description: '', nodes: ['alpha'] } } }
    for (const node of ['alpha', 'beta', 'nowhere']) expect(recommendedReLogin(single, node, counted(9, 9))).toBeNull()
  })

  it('ask for a spread, however late it begins', () => {
    const wanted = { lowerLimitSeconds: 120, upperLimitSeconds: 537, users: 2500, usersPerSecond: 6 }
    expect(isWideEnough({ lowerLimitSeconds: 0, upperLimitSeconds: 417 }, wanted)).toBe(true)
    expect(isWideEnough({ lowerLimitSeconds: 300, upperLimitSeconds: 700 }, wanted)).toBe(false)
  })

  it('follow from a class that the vendor knows', () => {
    const body = { hostName: 'a.example', softwareVersion: '14', principal: 'arn:aws:iam::111111111111:user/a' }
    for (const capacityClass of CAPACITY_CLASSES)
      expect(nodeSchema.safeParse({ ...body, capacityClass }).success).toBe(true)
    expect(nodeSchema.parse(body)).not.toHaveProperty('capacityClass')
    expect(nodeSchema.safeParse({ ...body, capacityClass: 3000 }).error?.issues[0]?.message).toContain('500|1000|2000')
  })
})

describe('readiness [B7] warns', () => {
  const warnings = (cluster: Cluster, users: [number, number]) =>
    readinessOf(cluster, aGroup(), NOW, counted(...users)).checks.filter(
      ({ ok, check }) => !ok && !check.startsWith('round trip'),
    )

  it('of limits that are too narrow, with those that would do', () => {
    expect(warnings(clusterOf([undefined, undefined]), [2500, 2500])).toEqual([])
    const [alpha, beta, ...others] = warnings(clusterOf([undefined, undefined]), [2600, 2400])
    expect(alpha).toEqual({
      check: 're-login limits of alpha',
      severity: 'warning',
      ok: false,
      found: '120 to 537 s; for 2600 users at 6 a second 120 to 554 s are recommended',
      remedy: 'Give alpha, and its peer, an upperLimitSeconds of 554.',
    })
    expect([beta?.check, others]).toEqual(['re-login limits of beta', []])
  })

  it('of nodes that could not carry the users of both', () => {
    const [one, ...others] = warnings(clusterOf([500, 1000]), [260, 250])
    expect(one).toMatchObject({
      check: 'one node could carry all users',
      severity: 'warning',
      found: 'alpha and beta: 510 users; alpha is of the class that carries 500',
    })
    expect(others).toEqual([])
  })
})
