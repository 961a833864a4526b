import { readFileSync } from 'node:fs'
import { runCli } from '../../../apps/cli/program.ts'
import { vendorStatus } from '../../../apps/cli/views/vendor.ts'
import type { GroupStatus, TransitionReport } from '../../../apps/client/answers.ts'
import oracle from '../../../domain/node-states.json' with { type: 'json' }
import { type NodeState, type Reason, reasonLabel, stateLabel } from '../../../domain/states.ts'
import { type ApiServer, type Call, problem, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo, GROUP } from './demo-api.ts'
import { failingOver, normal, running, succeeded } from './fixtures.ts'
import { openTerminal } from './terminal.ts'

type Standing = { state: NodeState; reason: Reason }
type Side = { states: string[]; reasons: string[] }

/** A node that is not heard is kept in the state of row 26. */
const KEPT = ['FailedOverWithCriticalServicesNotRunning']

const standings = ({ states, reasons }: Side, peer: Side): Standing[] =>
  (states.length > 0 ? states : KEPT).flatMap((state) =>
    (reasons.length > 0 ? reasons : peer.reasons).map((reason) => ({ state, reason }) as Standing),
  )

/** Every pair of the field's table: each alternative of each row, in each orientation that differs. */
const pairs = [...oracle.pairs, ...oracle.furtherPairs].flatMap(({ row, node1, node2 }) => {
  const haveOneReason = node1.reasons.length === 0 || node1.reasons.join() === node2.reasons.join()
  return standings(node1, node2).flatMap((one) =>
    standings(node2, node1)
      .filter((two) => !haveOneReason || one.reason === two.reason)
      .flatMap((two) => {
        const differ = one.state !== two.state || one.reason !== two.reason
        return [{ row, pair: [one, two] }, ...(differ ? [{ row, pair: [two, one] }] : [])]
      }),
  )
})

const standing = ([one, two]: (Standing | undefined)[]): GroupStatus => ({
  ...normal,
  nodes: normal.nodes.map((node, index) => ({ ...node, ...(index === 0 ? one : two) })),
})

const golden = readFileSync(new URL('golden/ha-status.txt', import.meta.url), 'utf8')
/** `# row 3`, and below it what is printed. */
const samples = golden
  .split(/^# /m)
  .slice(1)
  .map((text) => ({
    row: Number(/^row (\d+)/.exec(text)?.[1]),
    printed: text.split('\n').slice(1).join('\n').trimEnd(),
  }))

describe('utils ha status', () => {
  it('has a sample for every pair of the field’s table, and no other', () => {
    expect(samples.map(({ row }) => row)).toEqual(pairs.map(({ row }) => row))
    expect(new Set(samples.map(({ row }) => row))).toEqual(
      new Set([...oracle.pairs, ...oracle.furtherPairs].map(({ row }) => row)),
    )
  })

  it.each(pairs.map(({ row, pair }, index) => [row, pair, samples[index]?.printed]))(
    'prints row %i %j as its sample',
    (_, pair, printed) => {
      expect(vendorStatus(standing(pair as Standing[]))).toBe(printed)
    },
  )

  it.each(pairs.map(({ row, pair }) => [row, pair]))('row %i %j can be read by the names of the fields', (_, pair) => {
    const lines = vendorStatus(standing(pair as Standing[]))
      .split('\n')
      .slice(1)
    const labels = { FailingOver: 'Failover', RunningInFailedMode: 'Failed' } as Record<string, string>
    const read = lines.map((line) => /^Node \d Name : (\S+) State: (.+?)(?: Reason: (.+))?$/.exec(line)?.slice(1))

    expect(read).toEqual(
      (pair as Standing[]).map(({ state, reason }, index) => [
        'ab'[index],
        labels[state] ?? stateLabel(state),
        state === 'Normal' ? undefined : reasonLabel(reason),
      ]),
    )
  })
})

describe('understudy ha', () => {
  let api: ApiServer
  beforeAll(() => {
    process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
  })
  beforeEach(async () => {
    api = await startApi(demo())
  })
  afterEach(() => api.close())

  async function ha(...args: string[]) {
    const screen = openTerminal({ isTTY: false })
    const code = await runCli(['ha', ...args], screen.terminal, { endpoint: api.endpoint })
    return { code, output: screen.output(), errors: screen.errors() }
  }
  const node = { cluster: 'demo', node: 'a', group: 'pair' }
  const answering = (more: Record<string, unknown>) =>
    api.answer(
      demo(({ method, path }: Call) => {
        const body = more[`${method} ${path}`]
        return body === undefined ? undefined : { body }
      }),
    )

  it('status prints all groups, or one, and says that high availability is off', async () => {
    const off = { ...normal, group: 'other', highAvailability: false }
    answering({ 'GET /clusters/demo/groups': { groups: [normal, off] } })

    expect((await ha('status')).output.split('\n')).toEqual([
      'Subcluster Name: pair',
      'Node 1 Name : a State: Normal',
      'Node 2 Name : b State: Normal',
      'Subcluster Name: other',
      'Node 1 Name : a State: Unknown Reason: High Availability Not Enabled',
      'Node 2 Name : b State: Unknown Reason: High Availability Not Enabled',
      '',
    ])
    expect((await ha('status', 'pair')).output).toMatch(
      /^Subcluster Name: pair\n(Node \d Name : . State: Normal\n){2}$/,
    )
  })

  it('failover takes the node alone, and prints what follows', async () => {
    answering({ 'GET /clusters/demo/nodes/a': node, [`GET ${GROUP}`]: failingOver })

    expect(await ha('failover', 'a', '--yes')).toEqual({
      code: 0,
      errors: '',
      output: [
        'Initiate Manual Failover for Node > a',
        'Request SUCCESSFUL.',
        'Subcluster Name: pair',
        'Node 1 Name : a State: Failover Reason: On Admin Request',
        'Node 2 Name : b State: Taking Over Reason: On Admin Request',
        '',
      ].join('\n'),
    })
    expect(api.calls.find(({ method }) => method === 'POST')).toMatchObject({
      path: `${GROUP}/failover`,
      body: { node: 'a' },
    })
  })

  it('fallback that the state does not allow is no success', async () => {
    api.answer(
      demo(({ method, path }) =>
        method === 'POST' ? problem(409, 'Not now.') : path.endsWith('/nodes/a') ? { body: node } : undefined,
      ),
    )
    const { code, output, errors } = await ha('fallback', 'a', '--yes')

    expect([code, output]).toEqual([3, 'Initiate Manual fallback for Node >a<\n'])
    expect(errors).toContain('refused: Not now.')
  })

  it('refuses a node that has no peer', async () => {
    answering({ 'GET /clusters/demo/nodes/a': { ...node, group: null } })

    expect(await ha('failover', 'a', '--yes')).toMatchObject({
      code: 3,
      output: '',
      errors: expect.stringContaining('no peer'),
    })
  })

  const restart = (name: string) => ({
    at: running.startedAt,
    what: 'Command Result' as const,
    detail: { node: name, ok: true, durationMs: 100, command: { kind: 'restart' } },
  })
  const recovery = { ...running, kind: 'recovery' as const }
  const recovering = (reports: (TransitionReport | object)[]) => {
    const { steps: _, status: __, ...transition } = recovery
    let said = ''
    api.answer(
      demo(({ path }) => {
        if (path === `${GROUP}/recovery`) return { status: 202, body: { transition } }
        if (!path.includes('/transitions/')) return undefined
        said += `${screen.output().split('\n').length - 1} `
        return { body: reports.shift() }
      }),
    )
    const screen = openTerminal({ isTTY: false })
    const ended = runCli(['ha', 'recover', 'pair', '--yes'], screen.terminal, { endpoint: api.endpoint })
    return ended.then((code) => ({ code, output: screen.output(), errors: screen.errors(), said: said.trim() }))
  }

  it('recover says when the services have stopped and started, and not before', async () => {
    const ended = await recovering([
      { ...recovery, steps: [restart('a')] },
      { ...recovery, steps: [restart('a'), restart('b')] },
      { ...recovery, steps: [restart('a'), restart('b')] },
      { ...succeeded, kind: 'recovery', steps: [restart('a'), restart('b')] },
    ])

    expect(ended).toEqual({
      code: 0,
      errors: '',
      output: 'Stopping services... Stopped\nStarting services... Started\n',
      said: '0 0 1 1',
    })
  })

  it('recover that fails does not say Started', async () => {
    const ended = await recovering([
      { ...succeeded, kind: 'recovery', status: 'FAILED', steps: [restart('a'), restart('b')] },
    ])

    expect(ended).toMatchObject({ code: 1, output: 'Stopping services... Stopped\n' })
    expect(ended.errors).toContain('pair is not recovered')
  })

  it.each([
    ['failover', 'a'],
    ['fallback', 'a'],
    ['recover', 'pair'],
    ['on', 'pair'],
    ['off', 'pair'],
  ])('%s disconnects nobody by mistake', async (...args) => {
    expect(await ha(...args)).toMatchObject({ code: 2, output: '', errors: expect.stringContaining('add --yes') })
    expect(api.calls).toEqual([])
  })
})
