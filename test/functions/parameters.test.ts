import { Api, expectStatus } from './api.ts'

let api: Api

beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

let count = 0
const newCluster = async () => {
  const path = `/clusters/c${++count}`
  await expectStatus(200, api.put(path, { databasePublisher: 'publisher' }))
  return path
}

const DEFAULTS = {
  servicePort: 22001,
  adminRpcPort: 20075,
  criticalServiceDelaySeconds: 90,
  automaticFallbackEnabled: false,
  automaticFallbackDelaySeconds: 1800,
  initializationKeepAliveTimeoutSeconds: 120,
  keepAliveTimeoutSeconds: 60,
  keepAliveIntervalSeconds: 15,
}

describe('the service parameters', () => {
  const short = { keepAliveTimeoutSeconds: 1, keepAliveIntervalSeconds: 0.1 }
  const inForce = async (path: string) => (await api.get(path)).body.serviceParameters

  it.each<[string, object]>([
    ['the least ports', { servicePort: 1024, adminRpcPort: 1025 }],
    ['the greatest ports', { servicePort: 65535, adminRpcPort: 65534 }],
    ['the shortest delays', { criticalServiceDelaySeconds: 1, automaticFallbackDelaySeconds: 1 }],
    ['the longest delays', { criticalServiceDelaySeconds: 3600, automaticFallbackDelaySeconds: 86400 }],
    ['an initialization timeout as short as the keep-alive timeout', { initializationKeepAliveTimeoutSeconds: 60 }],
    ['the longest initialization timeout', { initializationKeepAliveTimeoutSeconds: 3600 }],
    ['the shortest keep-alive timeout and interval', short],
    [
      'the longest keep-alive timeout',
      { keepAliveTimeoutSeconds: 3600, initializationKeepAliveTimeoutSeconds: 3600, keepAliveIntervalSeconds: 900 },
    ],
    ['the longest interval that a lease holds', { keepAliveIntervalSeconds: 15 }],
    ['the narrowest margin', { ...short, fenceMarginSeconds: 0.2 }],
    ['the widest margin that leaves a lease', { fenceMarginSeconds: 5 }],
    ['automatic fallback', { automaticFallbackEnabled: true }],
  ])('may be %s', async (_, patch) => {
    const path = await newCluster()

    const { body } = await expectStatus(200, api.patch(`${path}/service-parameters`, patch))

    expect(body).toEqual({ ...DEFAULTS, ...patch })
    expect(await inForce(path)).toEqual(body)
  })

  it.each<[string, unknown, number, string, string]>([
    ['servicePort', 1023, 400, 'servicePort', 'must be at least 1024'],
    ['servicePort', 65536, 400, 'servicePort', 'must be at most 65535'],
    ['servicePort', 2000.5, 400, 'servicePort', 'must be a whole number'],
    ['adminRpcPort', 1023, 400, 'adminRpcPort', 'must be at least 1024'],
    ['adminRpcPort', 65536, 400, 'adminRpcPort', 'must be at most 65535'],
    ['adminRpcPort', 22001, 422, 'adminRpcPort', 'must differ from servicePort'],
    ['criticalServiceDelaySeconds', 0.9, 400, 'criticalServiceDelaySeconds', 'must be at least 1'],
    ['criticalServiceDelaySeconds', 3601, 400, 'criticalServiceDelaySeconds', 'must be at most 3600'],
    ['automaticFallbackEnabled', 'yes', 400, 'automaticFallbackEnabled', 'expected boolean'],
    ['automaticFallbackDelaySeconds', 0, 400, 'automaticFallbackDelaySeconds', 'must be at least 1'],
    ['automaticFallbackDelaySeconds', 86401, 400, 'automaticFallbackDelaySeconds', 'must be at most 86400'],
    [
      'initializationKeepAliveTimeoutSeconds',
      59,
      422,
      'initializationKeepAliveTimeoutSeconds',
      'between keepAliveTimeoutSeconds (60) and 3600',
    ],
    [
      'initializationKeepAliveTimeoutSeconds',
      3601,
      400,
      'initializationKeepAliveTimeoutSeconds',
      'must be at most 3600',
    ],
    ['keepAliveTimeoutSeconds', 0.9, 400, 'keepAliveTimeoutSeconds', 'must be at least 1'],
    ['keepAliveTimeoutSeconds', 3601, 400, 'keepAliveTimeoutSeconds', 'must be at most 3600'],
    ['keepAliveTimeoutSeconds', 121, 422, 'initializationKeepAliveTimeoutSeconds', 'keepAliveTimeoutSeconds (121)'],
    ['keepAliveTimeoutSeconds', 59, 422, 'keepAliveIntervalSeconds', 'at most 14.7'],
    ['keepAliveIntervalSeconds', 0.09, 400, 'keepAliveIntervalSeconds', 'must be at least 0.1'],
    ['keepAliveIntervalSeconds', 15.001, 422, 'keepAliveIntervalSeconds', 'at most 15 here'],
    ['fenceMarginSeconds', 0.19, 400, 'fenceMarginSeconds', 'must be at least 0.2'],
    ['fenceMarginSeconds', 0.2, 422, 'fenceMarginSeconds', 'at least 0.210 for this keepAliveTimeoutSeconds'],
    ['fenceMarginSeconds', 5.001, 422, 'keepAliveIntervalSeconds', 'the lease'],
    ['timeoutSeconds', 60, 400, 'timeoutSeconds', 'is not known here'],
  ])('cannot have %s %p, and stay as they were', async (name, value, status, path, message) => {
    const cluster = await newCluster()

    const { body } = await expectStatus(status, api.patch(`${cluster}/service-parameters`, { [name]: value }))

    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }])
    expect((await api.get(cluster)).body).toMatchObject({ version: 1, serviceParameters: DEFAULTS })
  })

  it('[B6] are checked as a whole, also where two changes would be right together', async () => {
    const path = await newCluster()
    await expectStatus(422, api.patch(`${path}/service-parameters`, { servicePort: 20075 }))
    const swapped = { servicePort: 20075, adminRpcPort: 22001 }
    await expectStatus(200, api.patch(`${path}/service-parameters`, swapped))

    const wrong = { servicePort: 1, adminRpcPort: 'x', keepAliveIntervalSeconds: 4000 }
    const { body } = await expectStatus(400, api.patch(`${path}/service-parameters`, wrong))

    expect(body.errors.map((error: { path: string }) => error.path).sort()).toEqual(Object.keys(wrong).sort())
    expect(await inForce(path)).toEqual({ ...DEFAULTS, ...swapped })
    await expectStatus(404, api.patch('/clusters/nowhere/service-parameters', swapped))
  })

  it('[B6] reach the groups at once, and the earlier timeout counts for as long as leases were given under it', async () => {
    const path = await api.configure('reach', { pair: ['r1', 'r2'] })
    const key = { cluster: 'reach', group: 'pair' }
    const steps = [
      { timeoutSeconds: 30, earlierSeconds: 60 },
      { timeoutSeconds: 10, earlierSeconds: 60 },
      { timeoutSeconds: 60, earlierSeconds: null },
    ]
    for (const { timeoutSeconds, earlierSeconds } of steps) {
      const beforeMs = Date.now()
      const patch = { keepAliveTimeoutSeconds: timeoutSeconds, keepAliveIntervalSeconds: 2 }
      await expectStatus(200, api.patch(`${path}/service-parameters`, patch))

      const group = await api.groups.read(key)
      expect(group?.settings.keepAliveTimeoutMs).toBe(timeoutSeconds * 1000)
      expect(group?.earlierTimeout?.timeoutMs ?? null).toBe(earlierSeconds && earlierSeconds * 1000)
      if (earlierSeconds) {
        expect(group?.earlierTimeout?.untilMs).toBeGreaterThanOrEqual(beforeMs + earlierSeconds * 1000)
      }
    }
  })
})

describe('the enterprise parameters', () => {
  it('are changed, and stay where the change does not name them', async () => {
    const path = `${await newCluster()}/enterprise-parameters`
    const none = { userAssignmentMode: 'none' }

    expect((await expectStatus(200, api.patch(path, none))).body).toEqual(none)
    expect((await expectStatus(200, api.patch(path, {}))).body).toEqual(none)
    const { body } = await expectStatus(400, api.patch(path, { userAssignmentMode: 'some' }))
    expect(body.errors).toEqual([{ path: 'userAssignmentMode', message: expect.stringContaining('"balanced"') }])
  })
})
