import { runCli } from '../../../apps/cli/program.ts'
import { eventLine } from '../../../apps/cli/views/events.ts'
import { groupCard, groupsOverview } from '../../../apps/cli/views/status.ts'
import type { SessionEntry } from '../../../apps/client/answers.ts'
import { type ApiServer, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo } from './demo-api.ts'
import { failedOver, NOW, normal } from './fixtures.ts'
import { openTerminal } from './terminal.ts'

const [home, peer] = normal.nodes.map(({ node }) => node) as [string, string]
const secondsAgo = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1000).toISOString()
const aSession = (user: string, different: Partial<SessionEntry> = {}): SessionEntry => ({
  ...{ user, device: 'phone', platform: 'ios', mode: 'background', pushEnabled: true, homeNode: home, node: peer },
  ...{ putOn: home, putAt: NOW, expiresAt: NOW, lostMessages: null },
  ...different,
})

let api: ApiServer
beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
})
beforeEach(async () => {
  const bodies: Record<string, unknown> = {
    '/clusters/demo/nodes/a/sessions': { sessions: [aSession('zoe')], cursor: 'next' },
    '/clusters/demo/users/alice/sessions': {
      sessions: [aSession('alice'), aSession('alice', { device: 'desktop', mode: 'foreground', node: null })],
    },
    [`/clusters/demo/nodes/${home}/lost-sessions`]: {
      sessions: [aSession('bob', { lostMessages: { node: home, at: NOW } })],
    },
    [`/clusters/demo/nodes/${peer}/lost-sessions`]: { sessions: [] },
  }
  const more = ({ path, query }: { path: string; query: Record<string, string> }) => {
    if (query.cursor === 'next') return { body: { sessions: [aSession('alice', { pushEnabled: false })] } }
    return bodies[path] ? { body: bodies[path] } : undefined
  }
  api = await startApi(demo(more))
})
afterEach(() => api.close())

async function understudy(...args: string[]) {
  const screen = openTerminal({ isTTY: false })
  const code = await runCli(args, screen.terminal, { endpoint: api.endpoint })
  return { code, output: screen.output(), errors: screen.errors() }
}
const rows = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/).slice(0, 5))

describe('sessions', () => {
  it('lists those of all nodes, in order and from all pages', async () => {
    const { code, output } = await understudy('sessions', 'list', '--mode', 'background')
    expect(code).toBe(0)
    expect(rows(output)).toEqual([
      ['User', 'Device', 'Platform', 'Mode', 'On'],
      ['alice', 'phone', 'ios', 'background', peer],
      ['zoe', 'phone', 'ios', 'background, push', peer],
    ])
    expect(api.calls.filter(({ path }) => path.endsWith('/sessions'))[0]?.query).toMatchObject({ mode: 'background' })
  })

  it('lists those of a user, also what is over', async () => {
    const { output } = await understudy('sessions', 'list', '--user', 'alice')
    expect(rows(output).slice(1)).toEqual([
      ['alice', 'desktop', 'ios', 'foreground, push', 'ended'],
      ['alice', 'phone', 'ios', 'background, push', peer],
    ])
    const json = await understudy('sessions', 'list', '--user', 'alice', '--mode', 'foreground', '--json')
    expect(JSON.parse(json.output).sessions).toHaveLength(1)
    expect((await understudy('sessions', 'list', '--user', 'alice', '--node', 'a')).code).toBe(2)
  })

  it('names those whose queued messages a crash took', async () => {
    const { code, output } = await understudy('sessions', 'lost', 'pair')
    expect(code).toBe(0)
    expect(rows(output)).toEqual([
      ['User', 'Device', 'Platform', 'Crashed node', 'Taken over at'],
      ['bob', 'phone', 'ios', home, expect.any(String)],
    ])
  })
})

describe('status', () => {
  const view = { nowMs: Date.parse(NOW), width: 100, color: false, timeZone: 'UTC' }
  const restore = {
    homeNode: home,
    node: peer,
    restored: 7431,
    failed: 0,
    lost: 0,
    startedAt: secondsAgo(4),
    endedAt: null,
  }

  it('shows how far sessions are re-created', () => {
    const status = { ...failedOver, restores: [restore] }
    const words = `Sessions of ${home}'s users on ${peer}: 7431 re-created so far, for 4 s.`
    expect(groupCard(status, view)).toContain(words)
    expect(groupsOverview([status, normal], view)).toContain(words)
  })

  it('and, when it is done, what came of it', () => {
    const done = { ...restore, failed: 2, lost: 12, endedAt: secondsAgo(1) }
    const status = { ...failedOver, restores: [done] }
    expect(groupCard(status, view).replace(/\s+/g, ' ')).toContain(
      `7431 re-created, 2 could not be (the agent's log names them); what was queued for 12 went with the crash ` +
        '(understudy sessions lost), 1 s ago.',
    )
    expect(groupsOverview([status, normal], view)).not.toContain('re-created')
  })

  it('has an event for it', () => {
    const detail = { version: '1', cluster: 'c', group: 'g', ...restore, durationMs: 2100 }
    const event = { id: '1', at: NOW, source: 'understudy', detailType: 'Sessions Restored' as const, detail }
    expect(eventLine(event, view)).toContain(`${peer}: sessions of the users of ${home}: 7431 re-created, in 2.1 s`)
  })
})
