import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import * as z from 'zod'
import { agentConfig, loadAgentConfig } from '../../../apps/agent/config.ts'
import { servicesOf } from '../../../apps/agent/services/config-services.ts'
import { inRepository, Stand } from './stand.ts'

const SMALLEST = {
  node: 'a',
  cluster: 'c',
  endpoints: ['http://127.0.0.1:8080'],
  stateFolder: 'state',
  softwareVersion: '15.0.1',
  services: [
    { name: 'XCP Router', control: { kind: 'systemd', unit: 'router.service' } },
    { name: 'Database', role: 'database', control: { kind: 'systemd', unit: 'postgresql.service' } },
  ],
  gate: { kind: 'front', runFile: 'run/front.json', port: 10003 },
  replicationSetup: 2,
}

describe("the agent's configuration", () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  function load(text: string) {
    const file = path.join(stand.folder, 'agent.yaml')
    writeFileSync(file, text)
    return loadAgentConfig(file)
  }

  it('needs little, and takes paths from its own folder', () => {
    expect(load(stringify(SMALLEST))).toMatchObject({
      node: 'a',
      region: 'us-east-1',
      stateFolder: path.join(stand.folder, 'state'),
      gate: { kind: 'front', runFile: path.join(stand.folder, 'run/front.json'), port: 10003 },
      services: [
        { name: 'XCP Router', role: 'critical' },
        { name: 'Database', role: 'database' },
      ],
      supervision: { probeIntervalSeconds: 5, startTimeLimitSeconds: 60 },
      hooks: { timeLimitSeconds: 30 },
      host: { bootIdFile: '/proc/sys/kernel/random/boot_id' },
    })
  })

  it.each([
    ['a key is mistyped', { host: { bootId: 'x' } }, 'host: unknown: bootId; there are: bootIdFile, goingDownCommand,'],
    ['a key is missing', { node: undefined }, 'node: is missing: give a string'],
    ['a name has spaces', { node: 'node a' }, 'node: give a name of 1 to 128 letters, digits, "_" or "-"'],
    ['an endpoint is no URL', { endpoints: ['ftp://x'] }, 'endpoints.0: give a URL: https://…'],
    [
      'a command is text',
      { hooks: { onTakeOver: 'run me' } },
      'hooks.onTakeOver: give a list: the program, then its arg',
    ],
    ['a time is text', { hooks: { timeLimitSeconds: 'soon' } }, 'hooks.timeLimitSeconds: give a number of seconds'],
    [
      'there is no database',
      { services: SMALLEST.services.slice(0, 1) },
      'name exactly one service with role database',
    ],
    [
      'a service is twice',
      { services: [...SMALLEST.services, SMALLEST.services[0]] },
      '"XCP Router" stands here twice',
    ],
    ['replication is said twice', { replicationStateCommand: ['x'] }, 'give either replicationStateCommand or replic'],
    [
      'replication is not said',
      { replicationSetup: undefined },
      'give either replicationStateCommand or replicationSet',
    ],
  ])('says where and what would be right when %s', (_, change, message) => {
    expect(() => load(stringify({ ...SMALLEST, ...change }))).toThrow(message)
  })

  const hooks = { kind: 'commands', open: ['o'], close: ['c'], status: ['s'] }

  it.each([
    ['has no kind', { tcp: [5222] }, 'gate.kind: give kind: nftables, commands, none or front'],
    ['guards nothing', { kind: 'nftables' }, 'gate.tcp: give the ports at which users log in'],
    [
      'has a name to look up',
      { kind: 'nftables', tcp: [5222], addresses: { a: ['a.example.org'] } },
      'gate.addresses.a.0: give an address such as 192.0.2.11, not a name',
    ],
    [
      'has the same address for two home nodes',
      { kind: 'nftables', tcp: [5222], addresses: { a: ['192.0.2.1'], b: ['192.0.2.1'] } },
      'gate.addresses: 192.0.2.1 stands here twice: whose users arrive there could not be told apart',
    ],
    [
      'closes by itself, and nobody knows whether it has',
      { ...hooks, closesByItself: true },
      'gate.extend: is missing: of a door that closes by itself, only it can tell',
    ],
  ])('says of a gate where and what would be right when it %s', (_, gate, message) => {
    expect(() => load(stringify({ ...SMALLEST, gate }))).toThrow(message)
  })

  const router = (change: Record<string, unknown>) => ({
    services: [{ ...SMALLEST.services[0], ...change }, SMALLEST.services[1]],
  })
  const commands = { kind: 'commands', start: ['x'], stop: ['y'] }

  it.each([
    [
      'a control has no kind',
      { control: { unit: 'a.service' } },
      'control.kind: give kind: systemd, commands or process',
    ],
    [
      'a unit has no suffix',
      { control: { kind: 'systemd', unit: 'a' } },
      'control.unit: give the whole name of a unit',
    ],
    ['there is no stop', { control: { kind: 'commands', start: ['x'] } }, 'control.stop: give a list: the program'],
    ['nobody would know whether it runs', { control: commands }, 'services.0.probes: give at least one'],
    ['a probe is mistyped', { probes: [{ kind: 'tpc', port: 1 }] }, 'probes.0.kind: give kind: tcp, http, command or'],
    [
      'a probe has a name to look up',
      { probes: [{ kind: 'tcp', host: 'example.org', port: 1 }] },
      'probes.0.host: give an address such as 127.0.0.1, not a name',
    ],
    [
      'so has a URL',
      { probes: [{ kind: 'http', url: 'http://example.org/' }] },
      'probes.0.url: in the URL, give an address such as 127.0.0.1, not a name',
    ],
    ['a count is none', { rise: 0 }, 'services.0.rise: give a count from 1 on'],
    [
      'it waits for a stranger',
      { after: ['Log'] },
      'after: there is no service "Log"; there are: XCP Router, Database',
    ],
    [
      'it waits for itself',
      { after: ['XCP Router'] },
      'these wait for one another: XCP Router after XCP Router; take one',
    ],
  ])('says of a service where and what would be right when %s', (_, change, message) => {
    expect(() => load(stringify({ ...SMALLEST, ...router(change) }))).toThrow(message)
  })

  it('gives each service what applies to it', () => {
    const limits = { fall: 4, startTimeLimitSeconds: 0.5 }
    const text = stringify({ ...SMALLEST, ...router(limits), supervision: { fall: 3, stopTimeLimitSeconds: 7 } })
    const [first, database] = servicesOf(load(text))
    expect(first).toMatchObject({ counts: { rise: 1, fall: 4 }, startTimeLimitMs: 500, stopTimeLimitMs: 7000 })
    expect(database).toMatchObject({ counts: { rise: 1, fall: 3 }, startTimeLimitMs: 60_000, probeIntervalMs: 5000 })
  })

  describe('as an example', () => {
    const file = inRepository('apps/agent/agent.example.yaml')
    const example = readFileSync(file, 'utf8')

    it('can be used', () => {
      const config = loadAgentConfig(file)
      expect(servicesOf(config)).toHaveLength(2)
    })

    it('can be used with everything in it that is commented out', () => {
      // Whole sections only: what stands beside an option that is given is an alternative to it.
      const text = example.replace(/^# ([a-zA-Z]+:)$/gm, '$1').replace(/^#( {2,}[a-zA-Z]+: )/gm, '$1')
      const config = load(text)
      expect(config.hooks.onFence).toEqual(['/etc/understudy/fence'])
      expect(config.supervision).toEqual(load(example).supervision)
      expect(config.replication).toEqual(load(example).replication)
      expect(config.host).toMatchObject({ goingDownTimeLimitSeconds: 2 })
    })

    it('shows every option, with its default', () => {
      const options = optionsOf(z.toJSONSchema(agentConfig, { io: 'input' }))
      expect(options.length).toBeGreaterThan(40)
      const missing = options.filter(([name, value]) => {
        const shown = new RegExp(`\\b${name}: *${value === undefined ? '' : `["\\[]?${value}\\b`}`)
        return !shown.test(example) && !new RegExp(`\\b${name}: .*[Dd]efault: ${value}\\b`).test(example)
      })
      expect(missing).toEqual([])
    })
  })

  it('tells everything that is wrong at once', () => {
    expect(() => load(stringify({ ...SMALLEST, node: '', cluster: '' }))).toThrow(/node: .*\n.*cluster: /)
  })

  it('says so when it is no YAML, no mapping, or not there', () => {
    expect(() => load('a: [')).toThrow(/is not YAML:\n.*at line 1, column 5/)
    expect(() => load('')).toThrow('(top level): give a mapping of keys to values')
    expect(() => loadAgentConfig('/no/such/file')).toThrow(/configuration cannot be read: ENOENT/)
  })
})

/** Every option of a schema with its default, as far as that is a plain value. */
function optionsOf(schema: unknown): [name: string, value: unknown][] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, ...others } = schema as { properties?: Record<string, { default?: unknown }> }
  const own = Object.entries(properties).flatMap(([name, option]): [string, unknown][] => [
    [name, typeof option.default === 'object' ? undefined : option.default],
    ...optionsOf(option),
  ])
  return [...own, ...Object.values(others).flatMap(optionsOf)]
}
