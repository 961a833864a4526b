import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '../stage/stage-under-test.ts'
import { addressOf, describeUnless, whyNoNamespaces } from './namespaces.ts'
import { database, NetworkPair, type Node, type NodeSetup } from './network-pair.ts'

const DOMAIN = 'chat.example'
const PASSWORD = 'secret'
const USERS = ['juliet', 'nurse']
const SERVICE = 'Prosody'

const hasProsody = (): boolean => spawnSync('prosodyctl', ['about'], { stdio: 'ignore' }).error === undefined
const whyNot = (): string | null => whyNoNamespaces() ?? (hasProsody() ? null : 'it needs the messaging server prosody')

const configuration = (folder: string): string => `
run_as_root = true
pidfile = "${folder}/prosody.pid"
data_path = "${folder}/data"
certificates = "${folder}/data"
s2s_ports = {}
modules_enabled = { "roster"; "saslauth"; "ping"; "posix" }
modules_disabled = { "s2s"; "tls" }
c2s_require_encryption = false
authentication = "internal_hashed"
log = { info = "${folder}/prosody.log" }
VirtualHost "${DOMAIN}"
`

const END = 'kill "$(cat "$0")" && while kill -0 "$(cat "$0")" 2>/dev/null; do sleep 0.05; done; true'

/** A messaging server that none of us wrote, with its users, behind ports that the kernel opens and closes. */
function messagingNode(node: Node, folder: string): NodeSetup {
  const server = join(folder, 'prosody')
  mkdirSync(join(server, 'data'), { recursive: true })
  chmodSync(folder, 0o755)
  const file = join(server, 'prosody.cfg.lua')
  writeFileSync(file, configuration(server))
  for (const user of USERS) execFileSync('prosodyctl', ['--config', file, 'register', user, DOMAIN, PASSWORD])
  const control = {
    kind: 'commands',
    start: ['prosody', '--config', file, '--daemonize'],
    stop: ['sh', '-c', END, join(server, 'prosody.pid')],
  }
  return {
    services: [{ name: SERVICE, control, probes: [{ kind: 'tcp', port: 5222 }], fall: 1 }, database(node)],
    gate: { kind: 'nftables', tcp: [5222] },
    // Both sets arrive at the same port, which stays open for the node's own users: whoever has to go is cut by the hook.
    hooks: { onRelease: ['ss', '--kill', 'state', 'established', 'sport = :5222'] },
  }
}

/** What a user sees. */
interface Seen {
  seen: 'online' | 'refused' | 'cut' | 'message' | 'error'
  at?: string
  text?: string
}

/** A person with a messaging client, who asks where to log in. */
class Person {
  readonly #name: string
  readonly #pair: NetworkPair
  readonly #process: ChildProcess
  readonly #seen: Seen[] = []

  constructor(pair: NetworkPair, name: string) {
    this.#name = name
    this.#pair = pair
    this.#process = pair.run('users', name, ['xmpp-user.ts', DOMAIN, name, PASSWORD], 'pipe')
    createInterface(this.#process.stdout as NodeJS.ReadableStream).on('line', (line) =>
      this.#seen.push(JSON.parse(line)),
    )
  }

  #order(order: object): void {
    this.#seen.length = 0
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`)
  }

  /** Asks where to log in [B26], and does so until it is let in; answers the node. */
  async logIn(): Promise<string> {
    return until(`${this.#name} is let in`, async () => {
      const path = `/clusters/c/users/${this.#name}/login`
      const { node, hostName } = await this.#pair.ask<{ node: string; hostName: string }>({ method: 'GET', path })
      this.#order({ logIn: hostName })
      const { seen } = await this.sees('online', 'refused')
      return seen === 'online' && node
    })
  }

  /** Without asking anybody. */
  tryAt(address: string): void {
    this.#order({ logIn: address })
  }

  async isCut(): Promise<void> {
    await this.sees('cut')
  }

  /** Waits until the person sees one of these; what came before is forgotten. */
  sees(...wanted: Seen['seen'][]): Promise<Seen> {
    return until(`${this.#name} sees ${wanted.join(' or ')}`, () =>
      this.#seen.find(({ seen }) => wanted.includes(seen)),
    )
  }

  say(to: string, text: string): void {
    this.#process.stdin?.write(`${JSON.stringify({ send: { to, text } })}\n`)
  }

  forget(): void {
    this.#seen.length = 0
  }
}

function stories(): void {
  let pair: NetworkPair
  let juliet: Person
  let nurse: Person
  beforeAll(async () => {
    const parameters = {
      keepAliveTimeoutSeconds: 4,
      keepAliveIntervalSeconds: 0.8,
      initializationKeepAliveTimeoutSeconds: 8,
      criticalServiceDelaySeconds: 1,
    }
    pair = await NetworkPair.start({ criticalServices: [SERVICE], parameters, node: messagingNode, fronts: false })
    for (const user of USERS) await pair.ask({ method: 'PUT', path: `/clusters/c/users/${user}`, body: { node: 'a' } })
    juliet = new Person(pair, 'juliet')
    nurse = new Person(pair, 'nurse')
  })
  afterAll(() => pair?.end())

  async function talk(): Promise<void> {
    nurse.forget()
    juliet.say('nurse', 'What o\u2019clock?')
    expect(await nurse.sees('message')).toMatchObject({ text: 'What o\u2019clock?' })
    juliet.forget()
    nurse.say('juliet', 'Anon!')
    expect(await juliet.sees('message')).toMatchObject({ text: 'Anon!' })
  }

  it('log in at home, and talk', async () => {
    expect([await juliet.logIn(), await nurse.logIn()]).toEqual(['a', 'a'])
    await talk()
  })

  it('are cut when their server dies, log in at the peer, and talk', async () => {
    const pidFile = join(pair.folder, 'a', 'prosody', 'prosody.pid')
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
    await Promise.all([juliet.isCut(), nurse.isCut()])
    await pair.untilStates('FailedOverWithCriticalServicesNotRunning', 'RunningInBackupMode')

    expect([await juliet.logIn(), await nurse.logIn()]).toEqual(['b', 'b'])
    await talk()
  })

  it('cannot log in at a server that runs behind a closed gate', async () => {
    const { status } = spawnSync(...pair.roads.in('a', startServer(pair)))
    expect(status).toBe(0)
    await pair.untilStates('FailedOver', 'RunningInBackupMode')

    const stranger = new Person(pair, 'juliet')
    stranger.tryAt(addressOf('a'))
    await stranger.sees('refused')
  })

  it('are cut again and come home by a fallback, and talk', async () => {
    expect([await juliet.logIn(), await nurse.logIn()]).toEqual(['b', 'b'])
    juliet.forget()
    nurse.forget()
    await pair.fallBack('a')
    await Promise.all([juliet.isCut(), nurse.isCut()])

    expect([await juliet.logIn(), await nurse.logIn()]).toEqual(['a', 'a'])
    await talk()
  })
}

const startServer = (pair: NetworkPair): string[] => [
  'prosody',
  '--config',
  join(pair.folder, 'a', 'prosody', 'prosody.cfg.lua'),
  '--daemonize',
]

describeUnless(whyNot(), 'users of a real messaging server', stories)
