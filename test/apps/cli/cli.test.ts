import { runCli } from '../../../apps/cli/program.ts'
import type { GroupStatus } from '../../../apps/client/answers.ts'
import { type ApiServer, type Call, problem, type Reply, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo, GROUP } from './demo-api.ts'
import { delayed, events, failedOver, normal, running, succeeded } from './fixtures.ts'
import { openTerminal } from './terminal.ts'

let api: ApiServer
beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
})
beforeEach(async () => {
  api = await startApi(demo())
})
afterEach(() => api.close())

/** Runs a command line where there is no terminal. */
async function understudy(...args: string[]) {
  const screen = openTerminal({ isTTY: false })
  const code = await runCli(args, screen.terminal, { endpoint: api.endpoint })
  return { code, output: screen.output(), errors: screen.errors() }
}
const asked = () => api.calls.map(({ method, path }) => `${method} ${path}`)

describe('status', () => {
  it('shows the one group of the one cluster', async () => {
    const { code, output, errors } = await understudy('status')

    expect([code, errors]).toEqual([0, ''])
    expect(output).toMatch(/^pair · cluster demo · high availability on\n/)
    expect(output).not.toContain('\u001b')
  })

  it('prints the API’s answer as JSON, wherever --json stands', async () => {
    const all = await understudy('status', '--json')
    const one = await understudy('--json', 'status', 'pair', '--cluster', 'demo')

    expect([all.code, JSON.parse(all.output)]).toEqual([0, { groups: [normal] }])
    expect([one.code, JSON.parse(one.output)]).toEqual([0, { groups: [normal] }])
    expect(asked()).toEqual(['GET /clusters', 'GET /clusters/demo/groups', `GET ${GROUP}`])
  })

  it('reads all pages', async () => {
    const page = ({ path, query }: Call): Reply | undefined =>
      path !== '/clusters/demo/groups'
        ? undefined
        : query.cursor === 'x y'
          ? { body: { groups: [failedOver] } }
          : { body: { groups: [delayed], cursor: 'x y' } }
    api.answer(demo(page))

    expect(JSON.parse((await understudy('status', '--json')).output)).toEqual({ groups: [delayed, failedOver] })
  })

  it('asks for the cluster where there are several', async () => {
    api.answer(
      demo(({ path }) =>
        path === '/clusters' ? { body: { clusters: [{ cluster: 'c' }, { cluster: 'd' }] } } : undefined,
      ),
    )

    expect(await understudy('status')).toMatchObject({
      code: 2,
      output: '',
      errors: 'understudy: there are several clusters: add --cluster with one of c, d\n',
    })
  })

  it('does not know a group that is not there', async () => {
    expect(await understudy('status', 'none')).toMatchObject({
      code: 4,
      errors: 'understudy: A title: There is no /clusters/demo/groups/none.\n',
    })
  })
})

describe('failover', () => {
  it('begins, and says how to see it', async () => {
    const { code, output } = await understudy('failover', 'pair', 'a', '--yes', '--idempotency-key', 'k-1')

    expect(code).toBe(0)
    expect(output).toBe('Failover of a to b has begun: pair-2\nSee how it goes: understudy status pair --watch\n')
    expect(api.calls.at(-1)).toMatchObject({ path: `${GROUP}/failover`, body: { node: 'a' } })
    expect(api.calls.at(-1)?.headers).toMatchObject({ 'idempotency-key': 'k-1' })
  })

  it('disconnects nobody by mistake: without a terminal it wants --yes, before it asks anything', async () => {
    const { code, errors } = await understudy('failover', 'pair', 'a')

    expect(code).toBe(2)
    expect(errors).toContain('add --yes')
    expect(api.calls).toEqual([])
  })

  it('waits for the end with --wait, telling each step once', async () => {
    const reports = [running, running, succeeded]
    api.answer(demo(({ path }) => (path.includes('/transitions/') ? { body: reports.shift() } : undefined)))
    const { code, output } = await understudy('failover', 'pair', 'a', '--yes', '--wait')

    expect(code).toBe(0)
    expect(output.split('\n')).toEqual([
      'Failover of a to b',
      '    +0 ms  a: Normal → Failing Over; b: Normal → Taking Over (On Admin Request), rule 200',
      '  +300 ms  b: took over, in 20 ms',
      '   +1.1 s  a: Failing Over → Idle; b: Taking Over → Running in Backup Mode (On Admin Request), rule 340',
      '✔ done in 1.3 s',
      '  a: Normal',
      '  b: Normal',
      '',
    ])
  })

  it('fails when the transition fails, and says what to do', async () => {
    const failed = { ...succeeded, status: 'FAILED' }
    api.answer(
      demo(({ path }) =>
        path.includes('/transitions/') ? { body: failed } : path === GROUP ? { body: failedOver } : undefined,
      ),
    )
    const { code, output } = await understudy('failover', 'pair', 'a', '--yes', '--wait')

    expect(code).toBe(1)
    expect(output).toContain('✖ failed after 1.3 s')
    expect(output).toContain('→  Find out why node a is not heard')
    expect((await understudy('failover', 'pair', 'a', '--yes', '--wait', '--json')).output).toBe(
      `${JSON.stringify(failed, null, 2)}\n`,
    )
  })

  it('has waited long enough after --timeout, which implies --wait', async () => {
    api.answer(demo(({ path }) => (path.includes('/transitions/') ? { body: running } : undefined)))

    expect(await understudy('failover', 'pair', 'a', '--yes', '--timeout', '0.3', '--json')).toMatchObject({
      code: 5,
      output: '',
      errors: expect.stringContaining('"code": "WaitTimedOut"'),
    })
  })

  it('goes on waiting while the API is away, or knows nothing of it yet', async () => {
    const answers = ['cut' as const, problem(503, 'Busy.'), problem(404, 'Not yet.'), { body: succeeded }]
    api.answer(demo(({ path }) => (path.includes('/transitions/') ? (answers.shift() ?? 'cut') : undefined)))

    expect(await understudy('failover', 'pair', 'a', '--yes', '--wait')).toMatchObject({ code: 0, errors: '' })
  })

  it('tells how to ask again when it is not known whether the request arrived', async () => {
    api.answer(demo(({ method }) => (method === 'POST' ? 'cut' : undefined)))
    const { code, errors } = await understudy('failover', 'pair', 'a', '--yes', '--idempotency-key', 'k-2')

    expect(code).toBe(1)
    expect(errors).toContain('the connection was cut')
    expect(errors).toContain('Asking again is safe with --idempotency-key k-2')
  })
})

describe('a refusal by the state', () => {
  const refused = problem(409, 'A failover needs both nodes Normal.', {
    state: [
      { node: 'a', state: 'Idle', reason: 'OnAdminRequest' },
      { node: 'b', state: 'RunningInBackupMode', reason: 'OnAdminRequest' },
    ],
    allowedActions: ['fallback'],
    allowed: [{ action: 'fallback', node: 'a' }],
  })
  beforeEach(() => api.answer(demo(({ method }) => (method === 'POST' ? refused : undefined))))

  it('says the state, the reason and what is possible now', async () => {
    expect(await understudy('fallback', 'pair', 'a', '--yes')).toEqual({
      code: 3,
      output: '',
      errors: [
        'understudy: refused: A failover needs both nodes Normal.',
        '  a: Idle (On Admin Request)',
        '  b: Running in Backup Mode (On Admin Request)',
        'possible now: fallback to a',
        '',
      ].join('\n'),
    })
  })

  it('is the problem document with --json', async () => {
    const { code, output, errors } = await understudy('recover', 'pair', '--yes', '--json')

    expect([code, output, JSON.parse(errors)]).toEqual([3, '', refused.body])
    expect(api.calls.at(-1)).toMatchObject({ path: `${GROUP}/recovery`, body: {} })
  })
})

describe('events that have happened', () => {
  const history = `${GROUP}/history`
  const newestFirst = [...events].reverse()
  beforeEach(() => api.answer(demo(({ path }) => (path === history ? { body: { events: newestFirst } } : undefined))))

  it('are printed oldest first, on one line each', async () => {
    const { code, output } = await understudy('events')
    const lines = output.trimEnd().split('\n')

    expect([code, lines.length]).toEqual([0, events.length])
    expect(lines[2]).toMatch(
      / {2}pair {2}a: Normal → Failing Over; b: Normal → Taking Over \(Critical Service Down\), rule 240$/,
    )
    expect(api.calls.at(-1)?.query).toEqual({ limit: '50' })
  })

  it('are as the API told them with --json', async () => {
    const { output } = await understudy('events', 'pair', '--json')

    expect(
      output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events)
  })

  it('are all there since a time, page by page and from all groups', async () => {
    const later = events.map((event) => ({ ...event, at: '2026-01-31T12:00:01.000Z' }))
    const pages: Record<string, unknown> = {
      [`${history}?`]: { events: later.toReversed(), cursor: '9' },
      [`${history}?9`]: { events: newestFirst },
      '/clusters/demo/groups/other/history?': { events: [{ ...events[0], id: 'x', at: '2026-01-31T12:00:00.500Z' }] },
    }
    api.answer(
      demo(({ path, query }) => {
        if (path === '/clusters/demo') return { body: { groups: ['pair', 'other'] } }
        const page = pages[`${path}?${query.cursor ?? ''}`]
        return page ? { body: page } : undefined
      }),
    )
    const { output } = await understudy('events', '--since', '2026-01-31T13:00:00+01:00', '--json')
    const ids = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id)

    expect(ids).toEqual([...events.map(({ id }) => id), 'x', ...events.map(({ id }) => id)])
    expect(api.calls.at(-1)?.query).toMatchObject({ since: '2026-01-31T12:00:00.000Z', limit: '500' })
  })
})

describe('lists', () => {
  it('of clusters and nodes', async () => {
    expect((await understudy('clusters')).output).toBe('Cluster  Nodes  Groups\ndemo     2      pair\n')
    expect((await understudy('nodes')).output).toBe(
      'Node  Group  Host           Version  Users  Re-login   Recommended\n' +
        'a     pair   a.example.org  14.0     2600   120–537 s  120–554 s\n',
    )
    expect(JSON.parse((await understudy('nodes', '--json')).output)).toMatchObject({ nodes: [{ node: 'a' }] })
  })
})

describe('failures', () => {
  it('of the API are told with the request id', async () => {
    api.answer(() => problem(500, 'Something went wrong.', { requestId: 'r-7' }))

    expect(await understudy('status')).toMatchObject({
      code: 1,
      errors: 'understudy: A title: Something went wrong.\n  request id: r-7\n',
    })
  })

  it('say that nobody is there', async () => {
    await api.close()

    expect(await understudy('status')).toMatchObject({
      code: 1,
      errors: `understudy: cannot reach ${api.endpoint}: connection refused, is the stage running? (npm start)\n`,
    })
  })

  it('say that somebody else is there', async () => {
    api.answer(() => ({ body: '<html>Welcome</html>' }))

    expect(await understudy('status')).toMatchObject({
      code: 1,
      errors: expect.stringContaining("is not Understudy's API"),
    })
  })
})

describe('maintenance', () => {
  const maintained: GroupStatus = { ...normal, explanation: 'The group is in maintenance (new disks; operator).' }
  beforeEach(() => {
    api.answer(demo(({ path }) => (/maintenance|acknowledgement/.test(path) ? { body: maintained } : undefined)))
  })

  it('begins with a reason and an end, and tells how the group stands', async () => {
    const before = Date.now()
    const { code, output } = await understudy('maintenance', 'begin', 'pair', '--reason', 'new disks', '--until', '2h')

    expect([code, output.trim()]).toEqual([0, maintained.explanation])
    const { method, path, body } = api.calls.at(-1) as Call & { body: { until: string } }
    expect([method, path]).toEqual(['PUT', `${GROUP}/maintenance`])
    expect(body).toMatchObject({ enabled: true, reason: 'new disks' })
    expect(Date.parse(body.until)).toBeGreaterThanOrEqual(before + 7_200_000)
  })

  it('ends, also that of one node', async () => {
    await understudy('maintenance', 'end', 'pair')
    await understudy('maintenance', 'end', 'pair', '--node', 'a')

    expect(asked().filter((call) => call.startsWith('PUT'))).toEqual([
      `PUT ${GROUP}/maintenance`,
      'PUT /clusters/demo/nodes/a/maintenance',
    ])
    expect(api.calls.at(-1)?.body).toEqual({ enabled: false })
  })

  it('wants a reason, and an end that is to come', async () => {
    expect(await understudy('maintenance', 'begin', 'pair')).toMatchObject({
      code: 2,
      errors: expect.stringContaining("required option '--reason <text>'"),
    })
    expect(await understudy('maintenance', 'begin', 'pair', '--reason', 'x', '--until', '2020-01-01')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('It must be a time to come'),
    })
    expect(api.calls).toEqual([])
  })

  it('is apart from an acknowledgement', async () => {
    const { code, output } = await understudy('acknowledge', 'pair', '--json')

    expect([code, JSON.parse(output)]).toEqual([0, maintained])
    expect(asked().at(-1)).toBe(`POST ${GROUP}/acknowledgement`)
  })
})
