import type { Service } from '../../../apps/agent/services/services.ts'

/** A service with patient limits, and no order; what a test is about it says itself. */
export const aService = (settings: Partial<Service> & Pick<Service, 'name' | 'control'>): Service => ({
  role: 'critical',
  probes: [],
  after: [],
  counts: { rise: 1, fall: 1 },
  probeIntervalMs: 50,
  probeTimeLimitMs: 500,
  startTimeLimitMs: 10_000,
  stopTimeLimitMs: 5000,
  ...settings,
})
