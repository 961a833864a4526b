import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromIni } from '@aws-sdk/credential-providers'
import { parse, stringify } from 'yaml'
import type { GroupStatus, SessionEntry } from '../../apps/client/answers.ts'
import { createClient } from '../../apps/client/node-client.ts'
import { apiPath, type SignedClient } from '../../apps/client/signed-client.ts'
import { StageUnderTest } from './stage-under-test.ts'

const USERS = Array.from({ length: 30 }, (_, number) => `user-${number}`)
const BEHIND = { platform: 'ios', mode: 'background', pushEnabled: true }
const IN_FRONT = { platform: 'macos', mode: 'foreground', pushEnabled: true }

describe('[B27] the sessions of a pair of real nodes', () => {
  let stage: StageUnderTest
  const agents: Record<string, SignedClient> = {}
  beforeAll(async () => {
    stage = await StageUnderTest.start()
    const filepath = join(stage.dataFolder, 'credentials')
    for (const profile of ['alpha', 'beta']) {
      const credentials = fromIni({ filepath, profile })
      agents[profile] = createClient({ endpoint: stage.describe().endpoint, region: 'us-east-1', credentials })
    }
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    for (const user of USERS) {
      const path = apiPath`/clusters/demo/users/${user}`
      await stage.client.request({ method: 'PUT', path, body: { node: 'alpha' } })
      await put('alpha', user, 'phone', BEHIND)
    }
    await put('alpha', 'user-0', 'desktop', IN_FRONT)
  })
  afterAll(() => stage.end())

  const put = (node: string, user: string, device: string, body: object) =>
    agents[node]?.request({ method: 'PUT', path: apiPath`/clusters/demo/users/${user}/sessions/${device}`, body })
  const held = (node: string): string[] => {
    const file = stage.node(node).sessionsFile
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  }
  const heldUsers = (node: string) => held(node).map((line) => (JSON.parse(line) as { user: string }).user)
  const restored = (node: string) =>
    stage.until(`${node} says that it has re-created all`, async () => {
      const { restores } = await stage.status()
      const found = restores.find((each: GroupStatus['restores'][number]) => each.node === node)
      return found?.endedAt ? found : false
    })
  const list = async (what: string) => {
    const path = `/clusters/demo/nodes/alpha/${what}`
    return (await stage.client.request<{ sessions: SessionEntry[] }>({ method: 'GET', path })).body.sessions
  }

  it('are re-created at a failover, and again at the fallback', async () => {
    await stage.ask('failover', 'alpha')
    await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')

    expect(await restored('beta')).toMatchObject({ homeNode: 'alpha', restored: USERS.length, failed: 0, lost: 0 })
    expect(heldUsers('beta').sort()).toEqual([...USERS].sort())
    const phones = (await list('sessions')).filter(({ device }) => device === 'phone')
    expect(new Set(phones.map(({ node }) => node))).toEqual(new Set(['beta']))
    await expect(put('alpha', 'user-0', 'desktop', IN_FRONT)).rejects.toMatchObject({
      problem: { status: 409, code: 'UserOnOtherNode', node: 'beta' },
    })

    await stage.askWhenAllowed('fallback', 'alpha')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')

    expect(await restored('alpha')).toMatchObject({ restored: USERS.length, failed: 0 })
    expect(heldUsers('alpha').sort()).toEqual([...USERS].sort())
    const told = (await stage.history()).filter(({ detailType }) => detailType === 'Sessions Restored')
    expect(told.map(({ detail }) => [detail.node, detail.restored])).toEqual([
      ['beta', USERS.length],
      ['alpha', USERS.length],
    ])
  })

  it('are re-created by an agent that was killed meanwhile, when it is back; and a crash names what it took', async () => {
    // From now on beta's hook waits until it is let go on.
    const { sessionsFile } = stage.node('beta')
    const config = join(sessionsFile, '../agent.yaml')
    const script = 'cat >> "$0"; while [ -e "$0.wait" ]; do sleep 0.02; done'
    const hooks = { onRestoreSessions: ['sh', '-c', script, sessionsFile] }
    writeFileSync(config, stringify({ ...parse(readFileSync(config, 'utf8')), hooks }))
    writeFileSync(`${sessionsFile}.wait`, '')
    rmSync(sessionsFile)
    await stage.restartAgent('beta')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')

    await stage.node('alpha').powerOff()
    await stage.until('beta has sessions in hand', () => held('beta').length === USERS.length)
    const killed = stage.node('beta').agent()
    process.kill(killed?.pid ?? 0, 'SIGKILL')
    await stage.until('the agent of beta is gone', () => !stage.node('beta').agent())
    rmSync(`${sessionsFile}.wait`)
    stage.node('beta').startAgent()

    expect(await restored('beta')).toMatchObject({ restored: USERS.length, failed: 0, lost: USERS.length })
    expect(new Set(heldUsers('beta'))).toEqual(new Set(USERS))
    const lost = await list('lost-sessions')
    expect(lost.map(({ user }) => user).sort()).toEqual([...USERS].sort())
    expect(new Set(lost.map(({ lostMessages }) => lostMessages?.node))).toEqual(new Set(['alpha']))
  })
})
