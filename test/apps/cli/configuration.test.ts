import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../../../apps/cli/program.ts'
import { beatUntil, ScriptedAgent, SHORT, servicesWith } from '../../functions/agent.ts'
import { Api, expectStatus } from '../../functions/api.ts'
import { openTerminal } from './terminal.ts'

/** The real API. */
let api: Api
beforeAll(async () => {
  api = await Api.start()
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(api.dataFolder, 'credentials')
})
afterAll(async () => {
  delete process.env.AWS_SHARED_CREDENTIALS_FILE
  await api.end()
})

const sources = () => ({ endpoint: api.endpoint, awsProfile: 'operator' })
async function understudy(...args: string[]) {
  const screen = openTerminal({ isTTY: false })
  const code = await runCli(args, screen.terminal, sources())
  return { code, output: screen.output(), errors: screen.errors() }
}
/** What a person types who is asked, and what he is told before. */
async function answered(answer: 'y' | 'n', ...args: string[]) {
  const screen = openTerminal({ isTTY: true })
  const ended = runCli(args, screen.terminal, sources())
  await screen.shows('Go on? [y/N]')
  const told = stripVTControlCharacters(screen.errors()).replaceAll(/\s+/g, ' ')
  screen.type(`${answer}\n`)
  return { code: await ended, told }
}

let count = 0
/** A pair whose agents can report, in a cluster of its own; `in` is what names the cluster on the command line. */
async function aPair() {
  const cluster = `c${++count}`
  const [one, two] = [`a${count}`, `b${count}`] as const
  await api.configure(cluster, { pair: [one, two] }, SHORT)
  const agents = [one, two].map((node) => new ScriptedAgent(api, cluster, node))
  const report = async () => {
    for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  }
  const status = async () => (await api.get(`/clusters/${cluster}/groups/pair`)).body
  const states = async () => (await status()).nodes.map(({ state }: { state: string }) => state).join(' ')
  const inIt = (...args: string[]) => understudy(...args, '--cluster', cluster)
  return { cluster, one, two, agents, report, status, states, inIt }
}

describe('clusters, nodes and groups', () => {
  it('are created, changed a field at a time, shown, listed and deleted', async () => {
    const inNew = (...args: string[]) => understudy(...args, '--cluster', 'new')
    expect(await understudy('clusters', 'put', 'new', '--database-publisher', 'pub')).toMatchObject({ code: 0 })
    const arn = 'arn:aws:iam::000000000000:user/n1'
    const node = ['--host', 'n1.example.org', '--software-version', '15.0', '--principal', arn]
    expect(await inNew('nodes', 'put', 'n1', ...node)).toMatchObject({ code: 0 })
    expect(await inNew('nodes', 'put', 'n1', '--capacity-class', '15000')).toMatchObject({ code: 0 })
    expect(await inNew('nodes', 'put', 'n1', '--re-login-upper', '900')).toMatchObject({ code: 0 })
    expect(await inNew('groups', 'put', 'solo', 'n1')).toMatchObject({ code: 0 })
    expect(await inNew('groups', 'put', 'solo', '--description', 'alone')).toMatchObject({ code: 0 })
    expect(await understudy('clusters', 'put', 'new', '--critical-service', 'One', 'Two')).toMatchObject({ code: 0 })

    expect(JSON.parse((await inNew('nodes', 'show', 'n1', '--json')).output)).toMatchObject({
      ...{ node: 'n1', hostName: 'n1.example.org', databasePublisher: 'pub', group: 'solo' },
      clientReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 900 },
      capacityClass: 15000,
    })
    expect((await inNew('nodes', '--no-headers')).output).toMatch(/^n1 +solo +n1\.example\.org +15\.0 +0 +120–900 s\n$/)
    expect((await inNew('groups', 'list', '--no-headers')).output).toMatch(/^solo +n1 +off +alone\n$/)
    expect((await understudy('clusters', 'show', 'new')).output).toMatch(/^Critical services +One, Two$/m)

    expect(await inNew('nodes', 'delete', 'n1', '--yes')).toMatchObject({ code: 3 })
    expect(await inNew('groups', 'delete', 'solo', '--yes')).toMatchObject({ code: 0 })
    expect(await inNew('nodes', 'delete', 'n1', '--yes')).toMatchObject({ code: 0 })
    expect(await understudy('clusters', 'delete', 'new', '--yes')).toMatchObject({ code: 0 })
    expect(await understudy('clusters', 'show', 'new')).toMatchObject({ code: 4 })
  })

  it('that are new say what they need', async () => {
    const { cluster } = await aPair()
    const missing = await understudy('nodes', 'put', 'z', '--host', 'z', '--cluster', cluster)
    expect(missing).toMatchObject({ code: 2, errors: expect.stringContaining('add --software-version, --principal') })
    expect(await understudy('clusters', 'put', 'z')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('add --database-publisher'),
    })
    expect(await understudy('groups', 'put', 'z', '--cluster', cluster)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('name its node, or both'),
    })
  })

  it('are deleted only by somebody who was told what follows', async () => {
    const { cluster, one, two, inIt, status } = await aPair()
    await expectStatus(200, api.put(`/clusters/${cluster}/nodes/spare`, { ...SPARE }))

    const group = await answered('n', 'groups', 'delete', 'pair', '--cluster', cluster)
    expect(group.code).toBe(1)
    expect(group.told).toContain(`Group pair is deleted: ${one} and ${two} then serve nobody`)
    expect(await inIt('groups', 'delete', 'pair')).toMatchObject({ code: 2, errors: expect.stringContaining('--yes') })
    expect((await status()).group).toBe('pair')
    const node = await answered('y', 'nodes', 'delete', 'spare', '--cluster', cluster)
    expect([node.code, node.told]).toEqual([0, expect.stringContaining('Node spare (spare.example.org) is deleted')])
    expect(await inIt('nodes', 'show', 'spare')).toMatchObject({ code: 4 })
  })

  it('with other nodes are interrupted: that, too, is asked', async () => {
    const { cluster, one, inIt, status } = await aPair()

    expect(await inIt('groups', 'put', 'pair', one)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('--yes'),
    })
    const { code, told } = await answered('y', 'groups', 'put', 'pair', one, '--cluster', cluster)
    expect([code, told]).toEqual([0, expect.stringContaining('their users (0 at present) are disconnected')])
    expect((await status()).nodes).toHaveLength(1)
  })
})

const SPARE = {
  hostName: 'spare.example.org',
  softwareVersion: '15.0',
  principal: 'arn:aws:iam::000000000000:user/spare',
}

describe('parameters', () => {
  it('of both kinds are set at once, and shown beside their defaults', async () => {
    const { inIt } = await aPair()
    const set = await inIt('parameters', 'set', 'criticalServiceDelaySeconds=30', 'userAssignmentMode=none')

    expect(set.code).toBe(0)
    expect(set.output).toMatch(/^criticalServiceDelaySeconds +30 +90$/m)
    expect(set.output).toMatch(/^userAssignmentMode +none +balanced$/m)
    expect(JSON.parse((await inIt('parameters', '--json')).output)).toMatchObject({
      serviceParameters: { criticalServiceDelaySeconds: 30 },
      enterpriseParameters: { userAssignmentMode: 'none' },
    })
  })

  it('that break a rule, or are none, change nothing', async () => {
    const { inIt } = await aPair()

    expect(await inIt('parameters', 'set', 'keepAliveIntervalSeconds=9')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('the lease'),
    })
    expect((await inIt('parameters', 'set', 'colour=blue')).errors).toContain('there are: servicePort')
    expect((await inIt('parameters', 'set', 'servicePort')).errors).toContain('It must be name=value')
    expect((await inIt('parameters')).output).toMatch(/^keepAliveIntervalSeconds +0\.2 /m)
  })
})

describe('readiness', () => {
  it('is a report, and an exit code', async () => {
    const { one, inIt, report } = await aPair()
    const before = await inIt('readiness', 'pair')
    expect([before.code, before.output]).toEqual([
      3,
      expect.stringContaining('pair is not ready for high availability.'),
    ])
    expect(before.output).toContain(`✖  agent of ${one} reports: it has never reported`)
    expect(before.output).toContain(`→ Start the agent on ${one}`)

    await report()
    expect(await inIt('readiness', 'pair')).toMatchObject({ code: 0, output: expect.stringContaining('pair is ready') })
    expect(JSON.parse((await inIt('readiness', 'pair', '-o', 'json')).output)).toMatchObject({ ready: true })
  })
})

describe('ha on and off', () => {
  it('are asked for by somebody who was told whom they disconnect; on waits for Normal', async () => {
    const { cluster, one, two, agents, report, states, status } = await aPair()
    await report()
    const on = answered('y', 'ha', 'on', 'pair', '--wait', '--cluster', cluster)
    await beatUntil(agents, async () => (await states()) === 'Normal Normal')

    const doors = `The doors of ${one} and ${two} close for a moment: their users (0 at present) are disconnected`
    expect(await on).toEqual({ code: 0, told: expect.stringContaining(doors) })
    const off = await answered('y', 'ha', 'off', 'pair', '--cluster', cluster)
    expect([off.code, off.told]).toEqual([0, expect.stringContaining('nobody takes over until it is on again')])
    expect((await status()).highAvailability).toBe(false)
  })

  it('on is refused where the group is not ready; by force, a wait ends where it settles', async () => {
    const { agents, inIt, report, states } = await aPair()
    await report()
    for (const agent of agents) agent.says = { services: servicesWith('stopped') }
    await report()

    expect(await inIt('ha', 'on', 'pair', '--yes')).toMatchObject({
      code: 3,
      errors: expect.stringContaining('not ready'),
    })
    const forced = inIt('ha', 'on', 'pair', '--yes', '--force', '--wait')
    await beatUntil(agents, async () => (await states()) === 'RunningInFailedMode RunningInFailedMode')
    expect(await forced).toMatchObject({ code: 1, errors: expect.stringContaining('pair did not come to Normal') })
  })

  it('on gives up waiting after the seconds that it was given', async () => {
    const { inIt, report } = await aPair()
    await report()

    expect(await inIt('ha', 'on', 'pair', '--yes', '--wait=0.5')).toMatchObject({
      code: 5,
      errors: expect.stringContaining('pair was not Normal after 0.5 s'),
    })
  })
})
