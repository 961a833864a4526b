import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { loadAgentConfig } from '../../../apps/agent/config.ts'
import { Stand } from './stand.ts'

const SMALLEST = {
  node: 'a',
  cluster: 'c',
  endpoints: ['http://127.0.0.1:8080'],
  stateFolder: 'state',
  softwareVersion: '15.0.1',
  services: [
    { name: 'XCP Router', command: ['/usr/bin/router'], port: 10001 },
    { name: 'Database', role: 'database', command: ['/usr/bin/database'], port: 10002 },
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
      supervision: { probeIntervalSeconds: 1, startTimeLimitSeconds: 60 },
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

  it('tells everything that is wrong at once', () => {
    expect(() => load(stringify({ ...SMALLEST, node: '', cluster: '' }))).toThrow(/node: .*\n.*cluster: /)
  })

  it('says so when it is no YAML, no mapping, or not there', () => {
    expect(() => load('a: [')).toThrow(/is not YAML:\n.*at line 1, column 5/)
    expect(() => load('')).toThrow('(top level): give a mapping of keys to values')
    expect(() => loadAgentConfig('/no/such/file')).toThrow(/configuration cannot be read: ENOENT/)
  })
})
