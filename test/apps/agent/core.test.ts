import { compose, createCore, dueAtMs, fail } from '../../../apps/agent/core.ts'

const INTERVAL_MS = 400
const report = {
  bootId: 'boot',
  softwareVersion: '15.0.1',
  services: {},
  database: { state: 'running' as const, forMs: 0 },
  replicationSetup: 2,
  gateKind: 'front',
  wallClockMs: 0,
}

describe('an agent whose control plane is out of reach', () => {
  it('tries again within an interval, and not in the same moment', () => {
    const core = createCore('alpha', 1, { epoch: 0 })
    core.nextAtMs = 1000
    const waitsMs = [0, 0.5, 1].map((spread, tries) => {
      const nowMs = 1000 + tries * INTERVAL_MS
      const { sequence } = compose(core, [], report, nowMs)
      fail(core, sequence, nowMs, INTERVAL_MS, spread)
      return (dueAtMs(core, nowMs) ?? 0) - nowMs
    })
    expect(waitsMs).toEqual([100, 200, 300])
  })

  it('comes no later than it was asked to, when something urgent had been tried before', () => {
    const core = createCore('alpha', 1, { epoch: 0 })
    core.nextAtMs = 1050
    const { sequence } = compose(core, [], report, 1000)
    fail(core, sequence, 1000, INTERVAL_MS, 1)
    expect(dueAtMs(core, 1000)).toBe(1050)
  })
})
