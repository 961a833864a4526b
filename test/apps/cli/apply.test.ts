import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { parse, stringify } from 'yaml'
import { runCli } from '../../../apps/cli/program.ts'
import type { NodeStatus } from '../../../apps/client/answers.ts'
import { beatUntil, ScriptedAgent, SHORT } from '../../functions/agent.ts'
import { Api, expectStatus } from '../../functions/api.ts'
import { openTerminal, type TestTerminal } from './terminal.ts'

/** The real API; what is applied is looked at through it. */
let api: Api
let folder: string
beforeAll(async () => {
  api = await Api.start()
  folder = await mkdtemp(join(tmpdir(), 'understudy-test-'))
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(api.dataFolder, 'credentials')
})
afterAll(async () => {
  delete process.env.AWS_SHARED_CREDENTIALS_FILE
  await api.end()
  await rm(folder, { recursive: true })
})

let file: string
let screen: TestTerminal
beforeEach(() => {
  file = join(folder, 'cluster.yaml')
  screen = openTerminal({ isTTY: false })
})

async function understudy(...args: string[]) {
  screen = openTerminal({ isTTY: false })
  return ended(runCli(args, screen.terminal, { endpoint: api.endpoint, awsProfile: 'operator' }))
}
const ended = async (code: Promise<number>) => ({ code: await code, output: screen.output(), errors: screen.errors() })

const save = (document: object | string) =>
  writeFile(file, typeof document === 'string' ? document : stringify(document))
async function apply(document: object | string, ...more: string[]) {
  await save(document)
  return understudy('apply', '-f', file, ...more)
}
const exported = async (cluster: string) => parse((await understudy('export', cluster)).output)

const principal = (name: string) => `arn:aws:iam::000000000000:user/${name}`
const aNode = (name: string, more: object = {}) => ({
  ...{ hostName: `${name}.example.org`, softwareVersion: '15.0', principal: principal(name), ...more },
})
const PARAMETERS = { serviceParameters: SHORT }
let count = 0
const aCluster = (more: object = {}) => ({
  cluster: `cluster-${++count}`,
  databasePublisher: 'publisher',
  ...PARAMETERS,
  nodes: { a: aNode('a', { capacityClass: 15000 }), b: aNode('b') },
  groups: { pair: { description: 'the pair', nodes: ['a', 'b'] } },
  ...more,
})

describe('apply', () => {
  it('creates all that a file describes, in an order that the rules allow', async () => {
    const wanted = aCluster()
    const { code, output } = await apply(wanted, '--yes')

    expect(code).toBe(0)
    expect(output.split('\n').slice(-6)).toEqual([
      `✔ cluster ${wanted.cluster} created`,
      '✔ node a created',
      '✔ node b created',
      '✔ group pair created',
      'All is as the file says.',
      '',
    ])
    expect(await exported(wanted.cluster)).toMatchObject(wanted)
  })

  it('changes nothing after an export, whoever applies it how often', async () => {
    const { cluster } = await created()
    await save((await understudy('export', cluster)).output)

    expect(await understudy('apply', '-f', file, '--yes')).toEqual({
      code: 0,
      output: 'Nothing to change.\n',
      errors: '',
    })
    expect(await understudy('apply', '-f', file, '--yes', '--prune')).toMatchObject({ output: 'Nothing to change.\n' })
  })

  it('shows what differs, and with --dry-run no more than that', async () => {
    const wanted = await created()
    const changed = {
      ...wanted,
      serviceParameters: { ...SHORT, criticalServiceDelaySeconds: 9 },
      nodes: { ...wanted.nodes, c: aNode('c') },
      groups: { ...wanted.groups, pair: { description: 'renamed' }, solo: { nodes: ['c'] } },
    }
    const before = await exported(wanted.cluster)
    const { code, output } = await apply(changed, '--dry-run')

    expect([code, output.split('\n')]).toEqual([
      0,
      [
        `Cluster ${wanted.cluster} at ${api.endpoint}:`,
        `  ~ cluster ${wanted.cluster}`,
        '      serviceParameters.criticalServiceDelaySeconds: 1 → 9',
        '  + node c',
        '      hostName: c.example.org',
        '      softwareVersion: 15.0',
        '      databasePublisher: publisher',
        `      principal: ${principal('c')}`,
        '      clientReLogin.lowerLimitSeconds: 120',
        '      clientReLogin.upperLimitSeconds: 537',
        '  ~ group pair',
        '      description: the pair → renamed',
        '  + group solo',
        '      description: ""',
        '      nodes: c',
        '2 to create, 2 to change, 0 to delete.',
        '',
      ],
    ])
    expect(await exported(wanted.cluster)).toEqual(before)
    expect(JSON.parse((await apply(changed, '--dry-run', '--json')).output).steps).toMatchObject([
      { do: 'put', what: 'cluster' },
      { do: 'put', what: 'node', name: 'c', isNew: true },
      { do: 'put', what: 'group', name: 'pair', isNew: false, differences: [{ path: 'description' }] },
      { do: 'put', what: 'group', name: 'solo' },
    ])
  })

  it('leaves what the file does not name, unless it is pruned', async () => {
    const { cluster } = await created({ nodes: { a: aNode('a'), b: aNode('b'), c: aNode('c') } })
    const less = { cluster, nodes: { a: {} }, groups: {} }

    expect(await apply(less, '--yes')).toMatchObject({ code: 0, output: 'Nothing to change.\n' })
    expect(Object.keys((await exported(cluster)).nodes)).toEqual(['a', 'b', 'c'])
    expect((await apply(less, '--yes', '--prune')).output).toContain('0 to create, 0 to change, 3 to delete.')
    expect(await exported(cluster)).toMatchObject({ nodes: { a: aNode('a') }, groups: {} })
    expect(Object.keys((await exported(cluster)).nodes)).toEqual(['a'])
  })

  it('moves a node from one group to another', async () => {
    const wanted = await created({ groups: { one: { nodes: ['a', 'b'] } } })
    const moved = { ...wanted, groups: { two: { nodes: ['b'] }, one: { nodes: ['a'] } } }

    expect((await apply(moved, '--yes')).code).toBe(0)
    expect(await exported(wanted.cluster)).toMatchObject(moved)
  })

  it('asks on a terminal, and changes nothing after a no', async () => {
    const wanted = aCluster()
    await save(wanted)
    screen = openTerminal({ isTTY: true })
    const asked = runCli(['apply', '-f', file], screen.terminal, { endpoint: api.endpoint, awsProfile: 'operator' })
    await screen.shows('Go on? [y/N]')
    expect(stripVTControlCharacters(screen.errors())).toContain('4 to create, 0 to change, 0 to delete.')
    screen.type('n\n')

    expect(await asked).toBe(1)
    await expectStatus(404, api.get(`/clusters/${wanted.cluster}`))
  })

  it('takes nothing where nobody can be asked, and says what would help', async () => {
    expect(await apply(aCluster())).toMatchObject({ code: 2, errors: expect.stringContaining('add --yes') })
    expect(await understudy('apply', '-f', join(folder, 'none.yaml'), '--yes')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('none.yaml: there is no such file'),
    })
  })
})

describe('what is wrong with a file', () => {
  const broken = `cluster: c
databasePublisher: publisher
serviceParameters:
  keepAliveTimeoutSecond: 30
  keepAliveIntervalSeconds: often
nodes:
  a:
    hostname: a.example.org
  'b c': {}
groups:
  pair:
    nodes: [a, b, c]
colour: blue
`

  it('is told all at once, each with its line', async () => {
    const { code, output, errors } = await apply(broken, '--yes')

    expect([code, output]).toEqual([2, ''])
    expect(errors.replaceAll(`${file}:`, '').replace('understudy: ', '').trimEnd().split('\n').sort()).toEqual([
      '12: groups.pair.nodes: must name one or two nodes',
      '13: colour: is not known here',
      '4: serviceParameters.keepAliveTimeoutSecond: is not known here',
      '5: serviceParameters.keepAliveIntervalSeconds: Invalid input: expected number, received string',
      '8: nodes.a.hostname: is not known here',
      '9: nodes.b c: must be 1–128 letters, digits, ".", "_" or "-", and not begin with "."',
    ])
  })

  it('may be that it is no YAML, or no cluster', async () => {
    expect((await apply('cluster: c\nnodes:\n  a: {\n', '--yes')).errors).toMatch(/cluster\.yaml:\d: /)
    expect((await apply('', '--yes')).errors).toMatch(/cluster\.yaml:1: cluster: /)
  })

  it('may be a rule that the whole would break', async () => {
    const wanted = aCluster({ nodes: { a: aNode('a'), b: aNode('b', { softwareVersion: '16.0' }), c: {} } })
    const { code, errors } = await apply({ ...wanted, groups: { pair: { nodes: ['a', 'b'] } } }, '--yes')

    expect(code).toBe(2)
    expect(errors).toContain('nothing was changed:')
    expect(errors).toMatch(/:\d+: nodes\.c\.hostName: is missing, and must be there for a new one/)
    expect(errors).toMatch(/:\d+: groups\.pair: Both nodes of a group must have the same software version: a has 15\.0/)
    await expectStatus(404, api.get(`/clusters/${wanted.cluster}`))
  })

  it('may be that it is about another cluster than was named', async () => {
    expect(await apply(aCluster(), '--yes', '--cluster', 'other')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/cluster\.yaml:1: cluster: is cluster-\d+, and --cluster is other/),
    })
  })
})

describe('a change that somebody else makes meanwhile', () => {
  it('is not overwritten, and what was done is told', async () => {
    const wanted = await created()
    const changed = { ...wanted, serviceParameters: { ...SHORT, criticalServiceDelaySeconds: 7 } }
    await save({ ...changed, nodes: { ...wanted.nodes, c: aNode('c') } })
    screen = openTerminal({ isTTY: true })
    const asked = runCli(['apply', '-f', file], screen.terminal, { endpoint: api.endpoint, awsProfile: 'operator' })
    await screen.shows('Go on? [y/N]')
    await expectStatus(
      200,
      api.patch(`/clusters/${wanted.cluster}/service-parameters`, { criticalServiceDelaySeconds: 20 }),
    )
    screen.type('y\n')

    expect(await asked).toBe(1)
    expect(screen.errors()).toContain('somebody else has changed the cluster meanwhile')
    expect(screen.errors()).toContain('done: nothing')
    expect(screen.errors()).toContain(`not done: cluster ${wanted.cluster}, node c`)
    expect((await exported(wanted.cluster)).serviceParameters.criticalServiceDelaySeconds).toBe(20)
  })
})

describe('high availability', () => {
  const names = () => [`a${++count}`, `b${count}`] as const

  /** A cluster whose agents report, and what a file says of it. */
  async function aPair(highAvailability: boolean) {
    const [one, two] = names()
    const arns = await Promise.all([one, two].map(async (name) => (await api.agent(name)).userArn))
    const nodes = { [one]: aNode(one, { principal: arns[0] }), [two]: aNode(two, { principal: arns[1] }) }
    const wanted = aCluster({ nodes, groups: { pair: { nodes: [one, two], highAvailability } } })
    const agents = [one, two].map((name) => new ScriptedAgent(api, wanted.cluster, name))
    const report = async () => {
      for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
    }
    const isOn = async () => (await api.get(`/clusters/${wanted.cluster}/groups/pair`)).body.highAvailability
    const isNormal = async () =>
      (await api.get(`/clusters/${wanted.cluster}/groups/pair`)).body.nodes.every(
        (each: NodeStatus) => each.state === 'Normal',
      )
    return { wanted, agents, report, isOn, isNormal, one }
  }

  it('of a new group is switched on as soon as its agents say that it is ready, with --wait', async () => {
    const { wanted, report, isOn } = await aPair(true)
    await save(wanted)
    const applied = understudy('apply', '-f', file, '--yes', '--wait')
    await screen.shows('✔ group pair created')
    await report()

    expect(await applied).toMatchObject({ code: 0 })
    expect(screen.output()).toContain('~ high availability of pair: on, once its agents say that it is ready')
    expect(await isOn()).toBe(true)
  })

  it('of a new group is refused while nobody says so; applied again, it goes on from there', async () => {
    const { wanted, report, isOn } = await aPair(true)
    const { code, errors } = await apply(wanted, '--yes')

    expect(code).toBe(3)
    expect(errors).toContain('high availability of pair is not on yet')
    expect(errors).toContain('not done: high availability of pair: on')
    await report()
    expect(await apply(wanted, '--yes')).toMatchObject({ code: 0 })
    expect(await isOn()).toBe(true)
  })

  it('of a group that is not ready is refused before anything is done', async () => {
    const { wanted } = await aPair(false)
    await apply(wanted, '--yes')
    const on = { ...wanted, serviceParameters: { ...SHORT, criticalServiceDelaySeconds: 8 } }
    const { code, errors } = await apply({ ...on, groups: { pair: { highAvailability: true } } }, '--yes')

    expect(code).toBe(3)
    expect(errors).toMatch(/groups\.pair\.highAvailability: is not switched on, for the group is not ready\. agent of/)
    expect((await exported(wanted.cluster)).serviceParameters.criticalServiceDelaySeconds).toBe(1)
  })

  it('stands in the way of other nodes and of another version, and is switched off first', async () => {
    const { wanted, agents, report, isOn, isNormal, one } = await aPair(false)
    await apply(wanted, '--yes')
    await report()
    const on = { pair: { ...wanted.groups.pair, highAvailability: true } }
    expect(await apply({ ...wanted, groups: on }, '--yes')).toMatchObject({ code: 0 })

    const alone = { pair: { nodes: [one], highAvailability: true } }
    const newer = { ...wanted.nodes, [one]: { ...aNode(one), softwareVersion: '16.0' } }
    const refused = await apply({ ...wanted, nodes: newer, groups: alone }, '--yes')
    expect(refused.code).toBe(3)
    expect(refused.errors).toContain('groups.pair: its nodes are not changed while high availability is on')
    expect(refused.errors).toContain(`nodes.${one}.softwareVersion: b`)
    expect(await isOn()).toBe(true)

    expect((await apply({ ...wanted, groups: {} }, '--yes', '--prune')).errors).toContain('is switched off only while')
    await beatUntil(agents, isNormal)
    expect(await apply({ ...wanted, nodes: {}, groups: {} }, '--yes', '--prune')).toMatchObject({ code: 0 })
    expect(await exported(wanted.cluster)).toMatchObject({ nodes: {}, groups: {} })
  })
})

/** A cluster that is there, and the file that it came from. */
async function created(more: object = {}) {
  const wanted = aCluster(more)
  expect(await apply(wanted, '--yes')).toMatchObject({ code: 0, errors: '' })
  return wanted
}
