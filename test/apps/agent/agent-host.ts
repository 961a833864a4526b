import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { stringify } from 'yaml'
import type { SessionPage } from '../../../apps/agent/sessions/restore-pages.ts'
import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'
import { FakeSystemctl } from './fake-systemctl.ts'
import { inRepository, type Stand } from './stand.ts'

export const UNIT = 'prosody.service'
export const SERVICE = 'XCP Router'

/** A host with an agent in a process of its own, a systemctl of the test's own, and a control plane that only listens. */
export class AgentHost {
  readonly heartbeats: Heartbeat[] = []
  /** Go with every answer. */
  commands: AgentCommand[] = []
  /** What is other than usual in every answer. */
  change: Partial<HeartbeatAnswer> = {}
  /** Suspended sessions of the users whose home it is, as the API lists them; undefined: it refuses. */
  sessionsOf: (homeNode: string, cursor: string | null) => Promise<SessionPage> | undefined = () => undefined
  /** What it was told besides heartbeats, and how it answers. */
  readonly calls: { call: string; body: unknown }[] = []
  answers: { status: number; body: object } = { status: 200, body: {} }
  /** Every connection is cut: the control plane is gone. */
  isGone = false
  /** Comes before an answer, which waits for it. */
  beforeAnswer: (heartbeat: Heartbeat) => Promise<unknown> = () => Promise.resolve()
  /** What the control plane's clock is ahead of the host's. */
  clockAheadMs = 0
  readonly systemd: FakeSystemctl
  readonly #stand: Stand
  #endpoint = ''

  private constructor(stand: Stand) {
    this.#stand = stand
    this.systemd = new FakeSystemctl(stand.folder)
    this.systemd.unit(UNIT, { active: 'active' })
    this.systemd.unit('postgresql.service', { active: 'active' })
  }

  static async open(stand: Stand): Promise<AgentHost> {
    const host = new AgentHost(stand)
    const server = http.createServer(async (request, response) => {
      response.setHeader('date', new Date(Date.now() + host.clockAheadMs).toUTCString())
      if (host.isGone) return request.socket.destroy()
      if (request.method === 'GET') return host.#list(request, response)
      if (request.method !== 'POST') return host.#hear(request, response)
      const heartbeat: Heartbeat = JSON.parse((await request.setEncoding('utf8').toArray()).join(''))
      host.heartbeats.push(heartbeat)
      const answer = JSON.stringify(host.#answer(heartbeat))
      await host.beforeAnswer(heartbeat)
      response.setHeader('content-type', 'application/json')
      response.end(answer)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stand.afterwards(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    host.#endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    host.configure({})
    return host
  }

  async #hear(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const text = (await request.setEncoding('utf8').toArray()).join('')
    this.calls.push({ call: `${request.method} ${request.url}`, body: text === '' ? null : JSON.parse(text) })
    const { status, body } = this.answers
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
    response.end(JSON.stringify(body))
  }

  async #list({ url = '' }: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    const [, homeNode = ''] = /^\/clusters\/c\/nodes\/(.+)\/sessions$/.exec(pathname) ?? []
    const page = homeNode && this.sessionsOf(homeNode, searchParams.get('cursor'))
    if (!page) return void response.writeHead(403).end()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(await page))
  }

  #answer({ incarnation, sequence }: Heartbeat): HeartbeatAnswer {
    return {
      group: 'pair',
      incarnation,
      sequence,
      state: 'Normal',
      reason: 'OnAdminRequest',
      epoch: 1,
      leaseMs: 10_000,
      serve: ['a'],
      nextHeartbeatInMs: 100,
      commands: this.commands,
      settings: this.settingsWith({}),
      ...this.change,
    }
  }

  settingsWith(change: Partial<HeartbeatAnswer['settings']>): HeartbeatAnswer['settings'] {
    return {
      keepAliveIntervalMs: 100,
      keepAliveTimeoutMs: 12_000,
      servicePort: 22001,
      adminRpcPort: 20075,
      criticalServices: [SERVICE],
      peer: { node: 'b', address: '127.0.0.1' },
      ...change,
    }
  }

  get configFile(): string {
    return path.join(this.#stand.folder, 'agent.yaml')
  }

  configure(change: Record<string, unknown>): void {
    const { folder } = this.#stand
    writeFileSync(path.join(folder, 'credentials'), '[default]\naws_access_key_id = x\naws_secret_access_key = y\n')
    mkdirSync(path.join(folder, 'state'), { recursive: true })
    const config = {
      node: 'a',
      cluster: 'c',
      endpoints: [this.#endpoint],
      credentials: { file: 'credentials' },
      stateFolder: 'state',
      softwareVersion: '1',
      services: [
        { name: SERVICE, control: { kind: 'systemd', unit: UNIT } },
        { name: 'Database', role: 'database', control: { kind: 'systemd', unit: 'postgresql.service' } },
      ],
      supervision: { probeIntervalSeconds: 0.1 },
      admin: { port: 0 },
      gate: { kind: 'front', runFile: 'front.json', port: 1 },
      replicationSetup: 2,
      ...change,
    }
    writeFileSync(this.configFile, stringify(config))
  }

  startAgent(environment: Record<string, string> = {}): ChildProcess & { said: () => string } {
    const env = { PATH: this.systemd.PATH, ...environment }
    return this.#stand.spawnWith(
      env,
      process.execPath,
      inRepository('apps/agent/main.ts'),
      'run',
      '--config',
      this.configFile,
    )
  }

  /** Runs the agent's program to its end. */
  async ask(...args: string[]): Promise<{ code: number | null; said: string }> {
    const child = spawn(process.execPath, [inRepository('apps/agent/main.ts'), ...args], {
      env: { PATH: this.systemd.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    const [code] = await once(child, 'close')
    return { code, said }
  }
}
