import { existsSync } from 'node:fs'
import path from 'node:path'
import { AgentHost } from './agent-host.ts'
import { eventually, Stand } from './stand.ts'

describe('what the server of a node tells its agent', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
    host.startAgent()
    await eventually('its admin port is open', () => existsSync(path.join(stand.folder, 'state', 'admin.json')))
  })
  afterEach(() => stand.clear())
  const ask = (...words: string[]) => host.ask(...words, '--config', host.configFile)

  it('of clients and subscriptions is said on, and answered as the control plane answers', async () => {
    host.answers = { status: 200, body: { user: 'alice', subscriptions: [] } }

    const { code, said } = await ask(
      'session',
      'put',
      'alice',
      'pho:ne',
      '--platform',
      'ios',
      '--mode',
      'background',
      '--push',
    )
    await ask('session', 'put', 'bob', 'desktop', '--platform', 'macos', '--expires-in-seconds', '90')
    await ask('subscription', 'put', 'alice', 'bob@example.com', '--expires-in-seconds', '600')
    host.answers = { status: 200, body: {} }
    const ended = await ask('session', 'end', 'alice', 'pho:ne')
    await ask('subscription', 'end', 'alice', 'bob@example.com')

    expect([code, JSON.parse(said)]).toEqual([0, { user: 'alice', subscriptions: [] }])
    expect([ended.code, JSON.parse(ended.said)]).toEqual([0, { result: 'done' }])
    expect(host.calls).toEqual([
      {
        call: 'PUT /clusters/c/users/alice/sessions/pho%3Ane',
        body: { platform: 'ios', mode: 'background', pushEnabled: true },
      },
      {
        call: 'PUT /clusters/c/users/bob/sessions/desktop',
        body: { platform: 'macos', mode: 'foreground', pushEnabled: false, expiresInSeconds: 90 },
      },
      { call: 'PUT /clusters/c/users/alice/subscriptions/bob%40example.com', body: { expiresInSeconds: 600 } },
      { call: 'DELETE /clusters/c/users/alice/sessions/pho%3Ane', body: null },
      { call: 'DELETE /clusters/c/users/alice/subscriptions/bob%40example.com', body: null },
    ])
  })

  it('is refused where the user is on another node, or nothing is meant, and not kept while nobody hears', async () => {
    const problem = {
      type: 'x',
      title: 'x',
      status: 409,
      code: 'UserOnOtherNode',
      detail: 'User "alice" is on node "b".',
    }
    host.answers = { status: 409, body: problem }
    const elsewhere = await ask('session', 'end', 'alice', 'phone')
    expect(elsewhere).toEqual({ code: 3, said: expect.stringContaining('User "alice" is on node "b".') })
    expect((await ask('session', 'end', 'alice', '..')).code).toBe(2)
    host.isGone = true
    expect((await ask('session', 'end', 'alice', 'phone')).code).toBe(1)
  })
})
