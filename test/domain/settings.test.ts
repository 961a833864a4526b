import fc from 'fast-check'
import { clusterSchema, serviceParametersSchema } from '../../domain/contract/configuration.ts'
import {
  breachesOf,
  DEFAULT_SERVICE_PARAMETERS,
  leaseMs,
  leastFenceMarginMs,
  leastRequestTimeLimitMs,
  type ServiceParameters,
  settingsOf,
} from '../../domain/settings.ts'

const withDefaults = (change: Partial<ServiceParameters>): ServiceParameters => ({
  ...DEFAULT_SERVICE_PARAMETERS,
  ...change,
})
const breaches = (change: Partial<ServiceParameters>) => breachesOf(withDefaults(change)).map(({ path }) => path)
const isWellFormed = (change: Record<string, unknown>) =>
  serviceParametersSchema.safeParse({ ...DEFAULT_SERVICE_PARAMETERS, ...change }).success

describe('the field’s defaults', () => {
  it('break no rule', () => {
    expect(breaches({})).toEqual([])
  })

  it('give a lease of 55 s at a timeout of 60 s, and 10 s for a request', () => {
    const settings = settingsOf(DEFAULT_SERVICE_PARAMETERS)

    expect([settings.fenceMarginMs, leaseMs(settings), leastRequestTimeLimitMs(settings.keepAliveIntervalMs)]).toEqual([
      5000, 55_000, 10_000,
    ])
  })

  it('are what a cluster has that names none, with the five critical services', () => {
    const cluster = clusterSchema.parse({ databasePublisher: 'publisher' })

    expect(cluster.serviceParameters).toEqual(DEFAULT_SERVICE_PARAMETERS)
    expect(cluster.criticalServices).toHaveLength(5)
    expect(cluster.enterpriseParameters).toEqual({ userAssignmentMode: 'balanced' })
  })
})

describe('the bounds of a parameter', () => {
  it.each([
    ['servicePort', 1023, 1024],
    ['servicePort', 65536, 65535],
    ['adminRpcPort', 1023, 1024],
    ['criticalServiceDelaySeconds', 0.9, 1],
    ['criticalServiceDelaySeconds', 3601, 3600],
    ['automaticFallbackDelaySeconds', 0, 1],
    ['automaticFallbackDelaySeconds', 86_401, 86_400],
    ['initializationKeepAliveTimeoutSeconds', 3601, 3600],
    ['initializationKeepAliveTimeoutSeconds', 59, 60],
    ['keepAliveTimeoutSeconds', 0.9, 120],
  ])('%s may not be %d, but %d', (name, outside, inside) => {
    expect([isWellFormed({ [name]: outside }), isWellFormed({ [name]: inside })]).toEqual([false, true])
  })

  it('leave a fallback to be switched on and off, and nothing else to be said of it', () => {
    expect([true, false, 'yes'].map((enabled) => isWellFormed({ automaticFallbackEnabled: enabled }))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('are all that there is: a parameter that nobody knows is no parameter', () => {
    expect(isWellFormed({ keepAliveTimeoutMinutes: 1 })).toBe(false)
  })
})

describe('what parameters must be together [B6]', () => {
  it('two ports that differ', () => {
    expect(breaches({ adminRpcPort: 22001 })).toEqual(['adminRpcPort'])
  })

  it('an initialization timeout that is not shorter than the keep-alive timeout', () => {
    expect(breaches({ keepAliveTimeoutSeconds: 121 })).toEqual(['initializationKeepAliveTimeoutSeconds'])
  })

  it('a lease that holds three intervals and the time limit of a request, to the millisecond', () => {
    // 55 s = 3 × 15 s + 10 s: the field's defaults are exactly at the bound.
    expect(breaches({ keepAliveIntervalSeconds: 15.001 })).toEqual(['keepAliveIntervalSeconds'])
    expect(breaches({ fenceMarginSeconds: 5.001 })).toEqual(['keepAliveIntervalSeconds'])
    expect(breaches({ fenceMarginSeconds: 5 })).toEqual([])
  })

  it('a fence margin of at least 2σ + εT + c', () => {
    expect(leastFenceMarginMs(60_000)).toBe(210)
    expect(breaches({ fenceMarginSeconds: 0.21 })).toEqual([])
    expect(breaches({ fenceMarginSeconds: 0.209 })).toEqual(['fenceMarginSeconds'])
  })

  it('at the shortest timeouts, too: the demo’s two seconds with an interval of 0.4 s', () => {
    const demo = { keepAliveTimeoutSeconds: 2, keepAliveIntervalSeconds: 0.4, initializationKeepAliveTimeoutSeconds: 4 }

    expect(breaches(demo)).toEqual([])
    expect(leaseMs(settingsOf(withDefaults(demo)))).toBe(1800)
  })

  it('and what is advised instead of an interval that is too long is in fact short enough', () => {
    const timeouts = fc.integer({ min: 1, max: 3600 })
    fc.assert(
      fc.property(timeouts, (keepAliveTimeoutSeconds) => {
        const parameters = withDefaults({
          keepAliveTimeoutSeconds,
          keepAliveIntervalSeconds: 3600,
          initializationKeepAliveTimeoutSeconds: 3600,
        })
        const advice = /at most ([\d.]+) here/.exec(breachesOf(parameters)[0]?.message ?? '')?.[1]
        expect(breachesOf({ ...parameters, keepAliveIntervalSeconds: Number(advice) })).toEqual([])
      }),
    )
  })
})

it('whatever parameters are accepted, a lease is over before the timeout, with the margin between', () => {
  const seconds = (min: number, max: number) => fc.double({ min, max, noNaN: true })
  const parameters = fc.record({
    keepAliveTimeoutSeconds: seconds(1, 3600),
    keepAliveIntervalSeconds: seconds(0.1, 900),
    fenceMarginSeconds: fc.option(seconds(0.2, 60), { nil: undefined }),
  })
  fc.assert(
    fc.property(parameters, ({ fenceMarginSeconds, ...change }) => {
      const all = withDefaults({ ...change, initializationKeepAliveTimeoutSeconds: 3600, fenceMarginSeconds })
      if (breachesOf(all).length > 0) return
      const settings = settingsOf(all)
      const lease = leaseMs(settings)
      expect(settings.keepAliveTimeoutMs - lease).toBeGreaterThanOrEqual(
        leastFenceMarginMs(settings.keepAliveTimeoutMs),
      )
      expect(lease).toBeGreaterThanOrEqual(
        3 * settings.keepAliveIntervalMs + leastRequestTimeLimitMs(settings.keepAliveIntervalMs),
      )
    }),
  )
})
