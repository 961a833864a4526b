import { CONDITIONS } from '../../domain/condition.ts'
import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import { Api, expectStatus, type LogLine } from './api.ts'

// On the stage nobody collects them; here they are looked at.
process.env.POWERTOOLS_METRICS_DISABLED = 'false'

let api: Api
let read = 0
/** The lines since this was called last. */
async function newLines(): Promise<LogLine[]> {
  const lines = await api.log()
  const found = lines.slice(read)
  read = lines.length
  return found
}
const isMetric = ({ _aws }: LogLine) => _aws !== undefined
const logged = (lines: LogLine[], message: string) => lines.filter((line) => line.message === message)

/** Metrics by name: their values, with what tells them apart. */
function metrics(lines: LogLine[], name: string): LogLine[] {
  return lines
    .filter((line) => isMetric(line) && name in line)
    .map((line) => {
      const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics
      const dimensions = Object.fromEntries(Dimensions[0].map((key: string) => [key, line[key]]))
      return { namespace: Namespace, unit: Metrics[0].Unit, value: line[name], ...dimensions }
    })
}

let path: string
let alpha: ScriptedAgent
let beta: ScriptedAgent
const status = async () => (await api.get(path)).body
const states = async () => (await status()).nodes.map(({ state }: { state: string }) => state).join(' ')

beforeAll(async () => {
  api = await Api.start()
  path = `${await api.configure('c', { pair: ['alpha', 'beta'] }, SHORT)}/groups/pair`
  alpha = new ScriptedAgent(api, 'c', 'alpha')
  beta = new ScriptedAgent(api, 'c', 'beta')
  for (const agent of [alpha, beta]) for (let times = 0; times < 2; times++) await agent.beat()
})
afterAll(() => api.end())

/** A cluster that nobody can read. That there are errors then is not to be told on the terminal. */
async function breakCluster(): Promise<void> {
  api.told.onError = () => {}
  await api.putItem('understudy-clusters', { cluster: { S: 'broken' }, format: { N: '7' } })
}
const mendCluster = () => api.deleteItem('understudy-clusters', { cluster: { S: 'broken' } })

const ours = { service: 'understudy', namespace: 'Understudy' }

describe('the log', () => {
  it('has a line for each change of the configuration, with who asked for it', async () => {
    await newLines()

    const { body, headers } = await expectStatus(200, api.patch('/clusters/c/service-parameters', SHORT))

    expect(logged(await newLines(), 'configuration changed')).toEqual([
      expect.objectContaining({
        level: 'INFO',
        service: 'understudy',
        requestId: headers['x-request-id'],
        lambdaRequestId: expect.any(String),
        route: 'PATCH /clusters/{cluster}/service-parameters',
        caller: expect.stringMatching(/user\/operator$/),
        cluster: 'c',
        groups: ['pair'],
        configurationVersion: expect.any(Number),
      }),
    ])
    expect(body).toMatchObject(SHORT)
  })

  it('has a line for high availability that was switched on, and for the decisions that follow', async () => {
    await newLines()
    await expectStatus(200, api.put(`${path}/high-availability`, { enabled: true }))
    await beatUntil([alpha, beta], async () => (await states()) === 'Normal Normal')

    const lines = await newLines()

    expect(logged(lines, 'configuration changed')).toEqual([
      expect.objectContaining({ cluster: 'c', group: 'pair', highAvailability: true }),
    ])
    expect(logged(lines, 'decided')).toEqual([
      expect.objectContaining({
        cluster: 'c',
        group: 'pair',
        route: 'POST /clusters/{cluster}/nodes/{node}/heartbeats',
        rules: [110],
        pairBefore: { alpha: 'Initializing (Initialization)', beta: 'Initializing (Initialization)' },
        pair: { alpha: 'Normal (Normal)', beta: 'Normal (Normal)' },
        occurrence: { kind: 'heartbeat', node: expect.any(String), restarted: false, brake: 'unasked' },
      }),
    ])
  })

  it('has no line for steady heartbeats', async () => {
    for (const agent of [alpha, beta]) await agent.beat()
    await newLines()

    for (let times = 0; times < 5; times++) for (const agent of [alpha, beta]) await agent.beat()

    expect(await newLines()).toEqual([])
  })

  it('has a line for each refusal, with what was refused to whom, and for a remembered one again', async () => {
    await newLines()
    const key = { 'idempotency-key': 'refused' }
    const refuse = () => expectStatus(409, api.post(`${path}/fallback`, { node: 'alpha' }, key))
    const first = await refuse()
    await refuse()
    await expectStatus(404, api.get('/clusters/nowhere'))

    const [one, two, three] = logged(await newLines(), 'refused')

    expect(one).toMatchObject({
      level: 'INFO',
      requestId: first.headers['x-request-id'],
      cluster: 'c',
      group: 'pair',
      status: 409,
      code: 'RefusedByState',
      detail: first.body.detail,
      caller: expect.stringMatching(/user\/operator$/),
    })
    expect(two).toMatchObject({ code: 'RefusedByState' })
    expect(three).toMatchObject({ status: 404, code: 'ClusterNotFound', cluster: 'nowhere' })
  })

  it('follows a failover through its decisions and steps by its transition', async () => {
    await newLines()
    const { body } = await expectStatus(202, api.post(`${path}/failover`, { node: 'alpha' }))
    const { id } = body.transition
    await beatUntil([alpha, beta], async () => (await status()).transition === null)

    const lines = await newLines()

    const decided = logged(lines, 'decided').filter(({ transition }) => transition === id)
    expect(decided[0]).toMatchObject({
      rules: [200],
      transitionKind: 'failover',
      occurrence: { kind: 'request', action: 'failover', node: 'alpha', by: expect.stringMatching(/operator$/), id },
      pair: { alpha: 'FailingOver (OnAdminRequest)', beta: 'TakingOver (OnAdminRequest)' },
    })
    expect(decided.flatMap(({ rules }) => rules)).toEqual([200, 320, 340, 400])
    const steps = logged(lines, 'step')
    expect(steps.length).toBeGreaterThan(2)
    for (const step of steps) {
      const whose = { requestId: expect.any(String), cluster: 'c', group: 'pair', transition: id }
      expect(step).toMatchObject({ level: 'INFO', step: expect.any(String), outcome: expect.any(String), ...whose })
    }
    expect(metrics(lines, 'Decisions').map(({ rule }) => rule)).toEqual(['200', '320', '340', '400'])
    expect(metrics(lines, 'Transitions')).toEqual([
      { ...ours, unit: 'Count', value: 1, kind: 'failover', outcome: 'RUNNING' },
      { ...ours, unit: 'Count', value: 1, kind: 'failover', outcome: 'SUCCEEDED' },
    ])
  })

  it('has the error whole where a function fails, under the id that its caller was told', async () => {
    await breakCluster()
    await newLines()

    const { body } = await expectStatus(500, api.get('/clusters/broken'))

    const [line] = logged(await newLines(), 'failed')
    expect(line).toMatchObject({
      level: 'ERROR',
      requestId: body.requestId,
      cluster: 'broken',
      error: { message: expect.stringContaining('has format 7'), stack: expect.stringContaining('cluster-store') },
    })
    await mendCluster()
  })
})

describe('the metrics', () => {
  it('count heartbeats that are rejected', async () => {
    await newLines()

    await expectStatus(409, alpha.post({ ...alpha.next(), sequence: 1 }))
    await expectStatus(400, alpha.post({}))

    expect(metrics(await newLines(), 'RejectedHeartbeats')).toEqual(
      [1, 2].map(() => ({ ...ours, unit: 'Count', value: 1 })),
    )
  })

  it('say once a sweep how all groups stand', async () => {
    await newLines()

    await api.sweep()

    const lines = await newLines()
    expect(metrics(lines, 'Sweeps')).toEqual([{ ...ours, unit: 'Count', value: 1 }])
    expect(metrics(lines, 'SweepFailures')).toEqual([{ ...ours, unit: 'Count', value: 0 }])
    expect(metrics(lines, 'OutboxAge')).toEqual([{ ...ours, unit: 'Milliseconds', value: 0 }])
    const groups = metrics(lines, 'Groups')
    expect(groups.map(({ condition }) => condition)).toEqual(CONDITIONS)
    expect(groups.filter(({ value }) => value > 0)).toEqual([
      { ...ours, unit: 'Count', value: 1, condition: 'UsersAway' },
    ])
  })

  it('are there also of a sweep that breaks down', async () => {
    await breakCluster()
    await newLines()

    await api.sweep()

    const lines = await newLines()
    expect(metrics(lines, 'SweepFailures')).toEqual([{ ...ours, unit: 'Count', value: 1 }])
    expect(metrics(lines, 'Sweeps')).toEqual([])
    await mendCluster()
  })
})
