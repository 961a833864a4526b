import { runCli } from '../../../apps/cli/program.ts'
import { decide, draftOf } from '../../../domain/decide.ts'
import { type Plan, planFrom } from '../../../domain/plan.ts'
import { aGroup, NOW } from '../../domain/situation.ts'
import { type ApiServer, problem, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo, GROUP } from './demo-api.ts'
import { events, failedOver, normal } from './fixtures.ts'
import { historyOf } from './incidents.ts'
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
const answerWith = (routes: Record<string, unknown>, status = 200) =>
  api.answer(
    demo(({ method, path }) => {
      const body = routes[`${method} ${path}`]
      return body === undefined ? undefined : { status, body }
    }),
  )

/** The plan of a failover, as the domain makes it. */
function aPlan(): Plan {
  const group = aGroup()
  const draft = draftOf(group, NOW)
  decide(draft, { kind: 'request', action: 'failover', node: 0, by: 'operator', id: 'dry' })
  return planFrom(group, draft, new Map([['alpha', 12]]))
}

describe('a dry run', () => {
  it('shows the steps, who serves whom and whom it disconnects, and asks nobody', async () => {
    answerWith({ [`POST ${GROUP}/failover`]: { plan: aPlan() } })
    const { code, output, errors } = await understudy('failover', 'pair', 'a', '--dry-run')

    expect([code, errors]).toEqual([0, ''])
    expect(output).toMatchInlineSnapshot(`
"1. Release  rule 200
    alpha: Failing Over (On Admin Request), serves nobody
    beta: Taking Over (On Admin Request), serves users of beta
    →  alpha disconnects the users of alpha (12 at present).
    →  alpha stops its critical services.
    Waits for alpha to say that its door is closed, else until its lease has lapsed, 1 min at most.

2. TakeOver  rule 320
    alpha: Failing Over (On Admin Request), serves nobody
    beta: Taking Over (On Admin Request), serves users of beta
    →  beta takes over.
    Waits for beta to take over, 10 min at most.

3. Done  rule 340  rule 400
    alpha: Idle (On Admin Request), serves nobody
    beta: Running in Backup Mode (On Admin Request), serves users of alpha and beta

It would succeed, if every agent that is heard does what it is told. All waits together are 11 min at most.
Nothing was changed.
"
`)
    expect(api.calls.at(-1)).toMatchObject({ method: 'POST', path: `${GROUP}/failover`, query: { dryRun: 'true' } })
    expect(api.calls.at(-1)?.headers['idempotency-key']).toBeUndefined()
  })

  it('is refused with the refusal of the command', async () => {
    const schedule = { what: 'schedule', id: 's', action: 'failover', node: 'b', by: 'x/op', reason: '', madeAt: '' }
    api.answer(
      demo(({ method }) =>
        method === 'POST'
          ? problem(409, 'a is Idle. Possible now: fallback of a.', {
              circumstances: [{ ...schedule, at: new Date(Date.now() + 90 * 60_000).toISOString() }],
            })
          : undefined,
      ),
    )
    const { code, errors } = await understudy('fallback', 'pair', 'a', '--dry-run')
    expect(code).toBe(3)
    expect(errors).toMatch(
      /^understudy: refused: a is Idle\. .*\nplanned: failover of b at .* \(in 1 h 30 min\), by op\n$/s,
    )
  })
})

describe('schedules', () => {
  const schedule = {
    id: 'schedule-1',
    action: 'failover',
    node: 'a',
    at: '2099-01-31T22:00:00.000Z',
    by: 'arn:aws:iam::000000000000:user/operator',
    reason: 'new disks',
    madeAt: '2026-01-31T12:00:00.000Z',
  }

  it('are added', async () => {
    answerWith({ [`POST ${GROUP}/schedules`]: { schedule } }, 201)
    const asked = ['schedule', 'add', 'pair', 'failover', 'a', '--at', schedule.at, '--reason', 'new disks']
    const { code, output } = await understudy(...asked)

    expect(code).toBe(0)
    expect(output).toMatch(
      /^Planned: failover of a at .*, by operator: new disks\nTake it back: understudy schedule cancel pair schedule-1\n$/,
    )
    const { body, headers } = api.calls.at(-1) ?? {}
    expect(body).toEqual({ action: 'failover', node: 'a', at: schedule.at, reason: 'new disks' })
    expect(headers?.['idempotency-key']).toMatch(/./)
  })

  it('are not added for a time that is over, or for another command', async () => {
    expect((await understudy('schedule', 'add', 'pair', 'failover', 'a', '--at', '2020-01-01T00:00:00Z')).code).toBe(2)
    expect((await understudy('schedule', 'add', 'pair', 'recovery', 'a', '--at', '1h')).code).toBe(2)
    expect(api.calls).toEqual([])
  })

  it('are listed, and stand in the status', async () => {
    answerWith({
      [`GET ${GROUP}/schedules`]: { schedules: [schedule] },
      [`GET ${GROUP}`]: { ...normal, schedules: [schedule] },
    })

    expect((await understudy('schedule', 'list', 'pair')).output).toContain('schedule-1  failover of a')
    expect(JSON.parse((await understudy('schedule', 'list', 'pair', '--json')).output)).toEqual({
      schedules: [schedule],
    })
    expect((await understudy('status', 'pair')).output).toContain('Planned: failover of a at')
    answerWith({ [`GET ${GROUP}/schedules`]: { schedules: [] } })
    expect((await understudy('schedule', 'list', 'pair')).output).toBe('Nothing is planned.\n')
  })

  it('are cancelled', async () => {
    api.answer(demo(({ method }) => (method === 'DELETE' ? { status: 204 } : undefined)))
    expect(await understudy('schedule', 'cancel', 'pair', 'schedule-1')).toMatchObject({
      code: 0,
      output: 'schedule-1 is cancelled.\n',
    })
    expect(api.calls.at(-1)).toMatchObject({ method: 'DELETE', path: `${GROUP}/schedules/schedule-1` })
  })
})

describe('what looks back', () => {
  it('explains a group in sentences', async () => {
    const next = [
      { kind: 'request', at: null, sentence: 'The users of a stay with b until somebody asks for a fallback.' },
    ]
    answerWith({ [`GET ${GROUP}`]: { ...failedOver, next }, [`GET ${GROUP}/history`]: { events } })
    const { code, output } = await understudy('explain', 'pair')

    expect(code).toBe(0)
    expect(output.replaceAll(/\s+/g, ' ')).toContain('a is Failed Over with Critical Services Not Running (Peer Down):')
    expect(output).toContain('How it came to that')
    expect(output).toContain('→  The users of a stay with b until somebody asks for a fallback.')
    expect(JSON.parse((await understudy('explain', 'pair', '--json')).output)).toMatchObject({ next })
  })

  it('exports the history as lines of JSON, all pages', async () => {
    api.answer(
      demo(({ path, query }) => {
        if (path !== `${GROUP}/history`) return undefined
        return {
          body: query.cursor === 'more' ? { events: events.slice(2) } : { events: events.slice(0, 2), cursor: 'more' },
        }
      }),
    )
    const { code, output } = await understudy('history', 'pair', '--since', '2026-01-01T00:00:00Z', '--output', 'jsonl')

    expect(code).toBe(0)
    expect(
      output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events)
    const [first, second] = api.calls.filter(({ path }) => path === `${GROUP}/history`)
    expect(first?.query).toMatchObject({ order: 'oldest', since: '2026-01-01T00:00:00.000Z' })
    expect(second?.query).toMatchObject({ order: 'oldest', cursor: 'more' })
    expect((await understudy('history', 'pair', '--output', 'csv')).code).toBe(2)
  })

  it('draws the last incident, or says that there was none', async () => {
    answerWith({ [`GET ${GROUP}/history`]: { events: await historyOf('pair alpha beta', 'failover alpha', 'run 1m') } })
    const { output } = await understudy('timeline', 'pair')
    expect(output).toMatch(/^Failover of pair · cluster c/)
    expect(output).not.toContain('\u001b')

    answerWith({ [`GET ${GROUP}/history`]: { events: [] } })
    expect((await understudy('timeline', 'pair')).output).toBe(
      'pair has had no incident that its history still knows.\n',
    )
  })
})
