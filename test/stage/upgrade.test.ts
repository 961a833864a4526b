import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ON_CALL_FILE } from '../../apps/stage/stage.ts'
import { StageUnderTest, until } from './stage-under-test.ts'

const NEW = '16.0.0'
const pair = '/clusters/demo/groups/pair'

describe('an upgrade of the presence servers in the order of the field: off, both nodes, on again', () => {
  let stage: StageUnderTest
  beforeAll(async () => {
    stage = await StageUnderTest.start()
  })
  afterAll(() => stage?.end())

  const setHighAvailability = (enabled: boolean) =>
    stage.client.request({ method: 'PUT', path: `${pair}/high-availability`, body: { enabled } })

  /** The configured version of a node. */
  async function configureVersion(node: string) {
    const path = `/clusters/demo/nodes/${node}`
    const { hostName, principal } = (await stage.client.request<Record<string, string>>({ method: 'GET', path })).body
    return stage.client.request({ method: 'PUT', path, body: { hostName, principal, softwareVersion: NEW } })
  }

  /** The server is installed anew, and its agent with it: what runs says the new version. */
  async function upgrade(node: string): Promise<void> {
    const file = join(stage.dataFolder, 'nodes', node, 'agent.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^softwareVersion: .*$/m, `softwareVersion: ${NEW}`))
    await stage.restartAgent(node)
    await configureVersion(node)
  }

  const versions = async () => (await stage.status()).nodes.map(({ softwareVersion }) => softwareVersion)
  const serving = async () => (await stage.status()).nodes.every(({ serving }) => serving)

  it('ends with a pair of the new version, which nobody was failed over for', async () => {
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    await expect(configureVersion('alpha')).rejects.toMatchObject({
      problem: { status: 409, code: 'HighAvailabilityOn' },
    })

    await setHighAvailability(false)
    await upgrade('alpha')
    const [one, two] = await versions()
    expect([one, two]).toEqual([NEW, '15.0.1'])
    await expect(setHighAvailability(true)).rejects.toMatchObject({ problem: { status: 409, code: 'NotReady' } })
    await upgrade('beta')
    // Without high availability each node serves its own users all along, with no lease.
    await until('both serve', serving)

    await setHighAvailability(true)
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    await until('both serve', serving)

    expect(await versions()).toEqual([NEW, NEW])
    const told = (await stage.history()).map(({ detailType }) => detailType)
    expect(told).not.toContain('Transition State Change')
    expect(told).not.toContain('Incident State Change')
    expect(() => readFileSync(join(stage.dataFolder, ON_CALL_FILE))).toThrow('ENOENT')
  })
})
