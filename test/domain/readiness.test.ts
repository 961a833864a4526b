import { type ReadinessCheck, readinessOf } from '../../domain/readiness.ts'
import type { Given } from './situation.ts'
import { aCluster, databaseDown, gone, NOW, node, SECOND, serviceDown, situation } from './situation.ts'

const normal = { state: 'Normal', reason: 'Normal' } as const
const readiness = (...givens: Given[]) =>
  readinessOf(aCluster(), situation(0, [normal, normal], givens).group, NOW, new Map())
const warnings = (checks: ReadinessCheck[]) =>
  checks.filter(({ severity, ok }) => severity === 'warning' && !ok).map(({ check }) => check)
const measured = (which: 'x' | 'y') => node(which, { wan: 'good' })
const errors = (...givens: Given[]) =>
  readiness(...givens)
    .checks.filter(({ ok, severity }) => !ok && severity === 'error')
    .map(({ check }) => check)

describe('readiness for high availability [B7]', () => {
  it('is given where two nodes report, everything runs and replication is set up', () => {
    expect(readiness().ready).toBe(true)
    expect(errors()).toEqual([])
  })

  it.each<[string, Given, string[]]>([
    ['an agent that does not report', gone('x'), ['agent of alpha reports']],
    ['an agent that never reported', node('x', { lastAtMs: 0, lastOkAtMs: 0 }), ['agent of alpha reports']],
    ['a host on its way down', node('y', { leaving: 'reboot' }), ['agent of beta reports']],
    ['a critical service that does not run', serviceDown('x', SECOND), ['critical services of alpha run']],
    ['a database service that does not run', databaseDown('y', SECOND), ['critical services of beta run']],
    ['replication that is not set up', node('y', { replicationSetup: 3 }), ['database replication on beta']],
    ['versions that differ', node('x', { softwareVersion: '15.0' }), ['software versions']],
  ])('is not given with %s', (_, given, failed) => {
    expect(readiness(given).ready).toBe(false)
    expect(errors(given)).toEqual(failed)
  })

  it('is not given with one node', () => {
    const { group } = situation(0, [normal, normal], [])
    group.nodes.pop()

    expect(readinessOf(aCluster(), group, NOW, new Map())).toMatchObject({ ready: false })
  })

  it('says of each failed check what was found and what to do, and of the others only what was found', () => {
    const { checks } = readiness(serviceDown('x', SECOND))
    const services = checks.find(({ check }) => check === 'critical services of alpha run')

    expect(services).toMatchObject({
      found: 'not running: Client Profile Agent',
      remedy: 'Start Client Profile Agent on alpha.',
    })
    for (const { ok, found, remedy } of checks) {
      expect(found).not.toBe('')
      expect(remedy === undefined).toBe(ok)
    }
  })

  it('warns of what was not measured, and is given all the same', () => {
    const { ready, checks } = readiness()

    expect(ready).toBe(true)
    expect(warnings(checks)).toEqual(['round trip and bandwidth between the nodes'])
  })

  it.each(['none', 'commands-unenforced', 'other', ''] as const)('warns of a gate that is none: "%s"', (gate) => {
    const { ready, checks } = readiness(measured('x'), measured('y'), node('y', { gate }))

    expect(ready).toBe(true)
    expect(warnings(checks)).toEqual(['gate of beta'])
  })

  it('warns when one of the two measured too long a round trip, or too little bandwidth', () => {
    const { checks } = readiness(measured('x'), node('y', { wan: 'poor' }))

    expect(warnings(checks)).toEqual(['round trip and bandwidth between the nodes'])
    expect(warnings(readiness(measured('x'), measured('y')).checks)).toEqual([])
  })
})
