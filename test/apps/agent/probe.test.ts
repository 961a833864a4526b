import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { ask, askAll, nameOf } from '../../../apps/agent/services/probe.ts'
import { identify } from '../../../apps/agent/services/process.ts'
import { freePorts } from '../../../apps/stage/ports.ts'
import { eventually, Stand } from './stand.ts'

const settings = { timeLimitMs: 5000, environment: { PATH: '/usr/bin:/bin' } }
const tcp = (port: number) => ({ kind: 'tcp' as const, host: '127.0.0.1', port })
const page = (port: number, path: string, status = 200) => ({
  kind: 'http' as const,
  url: `http://127.0.0.1:${port}${path}`,
  status,
})
const script = (text: string, exitCode = 0) => ({ kind: 'command' as const, command: ['sh', '-c', text], exitCode })

describe('a probe', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  async function listen<Server extends net.Server>(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sockets = new Set<net.Socket>()
    server.on('connection', (socket: net.Socket) => sockets.add(socket))
    stand.afterwards(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as net.AddressInfo).port
  }

  it('by TCP asks whether something accepts connections', async () => {
    const port = await listen(net.createServer())
    expect(await ask(tcp(port), settings)).toEqual({ ok: true, detail: `answers on port ${port}` })
    const [free = 0] = await freePorts(1)
    expect(await ask(tcp(free), settings)).toEqual({
      ok: false,
      detail: `does not answer on port ${free}: ECONNREFUSED`,
    })
  })

  it('by HTTP asks for a status, and follows nothing', async () => {
    const server = http.createServer(({ url }, response) => {
      response.writeHead(Number(url?.slice(1)), { location: '/200' }).end('a body')
    })
    const port = await listen(server)
    expect(await ask(page(port, '/200'), settings)).toEqual({
      ok: true,
      detail: `http://127.0.0.1:${port}/200 answers 200`,
    })
    expect((await ask(page(port, '/302'), settings)).detail).toBe(
      `http://127.0.0.1:${port}/302 answers 302 and not 200`,
    )
    expect((await ask(page(port, '/401', 401), settings)).ok).toBe(true)
  })

  it("by HTTPS asks this host's own server, whose certificate nobody has signed", async () => {
    const file = (name: string) => path.join(stand.folder, name)
    const asked = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=a', '-days', '1']
    const made = spawnSync('openssl', [...asked, '-keyout', file('key'), '-out', file('cert')])
    if (made.error) return console.info('not tried: openssl, which makes a certificate, is not here')
    const options = { key: readFileSync(file('key')), cert: readFileSync(file('cert')) }
    const port = await listen(https.createServer(options, (_, response) => response.end()))
    const probe = { kind: 'http' as const, url: `https://127.0.0.1:${port}/`, status: 200 }
    expect(await ask(probe, settings)).toMatchObject({ ok: true })
  })

  it('by HTTP ends at its time limit when nothing is answered', async () => {
    const port = await listen(net.createServer())
    const result = await ask(page(port, '/'), { ...settings, timeLimitMs: 100 })
    expect(result).toEqual({ ok: false, detail: `http://127.0.0.1:${port}/ does not answer within 100 ms` })
  })

  it('by command asks for an exit code, and tells what was said', async () => {
    expect(await ask(script('exit 0'), settings)).toEqual({ ok: true, detail: 'sh ends with exit code 0' })
    expect(await ask(script('echo no licence; exit 3'), settings)).toEqual({
      ok: false,
      detail: 'sh ends with exit code 3 and not with 0: no licence',
    })
    expect((await ask(script('exit 3', 3), settings)).ok).toBe(true)
    expect((await ask({ ...script(''), command: ['/no/such/program'] }, settings)).detail).toMatch(
      /cannot be run.*ENOENT/,
    )
  })

  it('whose command ignores SIGTERM is killed at its time limit', async () => {
    const { ok, detail } = await ask(script("trap '' TERM; echo $$; while :; do sleep 1; done"), {
      ...settings,
      timeLimitMs: 300,
    })
    expect(ok).toBe(false)
    expect(detail).toMatch(/^sh was killed: it took longer than 300 ms: \d+$/)
    await eventually('it is gone', () => identify(Number(detail.split(' ').at(-1))) === undefined)
  })

  it('counts with others only if all hold, and all are asked at once', async () => {
    const slow = script('sleep 0.3')
    const startedMs = performance.now()
    expect(await askAll([slow, slow, slow], settings)).toMatchObject({ ok: true })
    expect(performance.now() - startedMs).toBeLessThan(850)
    expect(await askAll([script('exit 0'), script('exit 1'), script('exit 2')], settings)).toEqual({
      ok: false,
      detail: 'sh ends with exit code 1 and not with 0',
    })
    expect(await askAll([], settings)).toEqual({ ok: true, detail: '' })
  })

  it('has a name', () => {
    expect(
      [tcp(5222), page(80, '/status'), script('x'), { kind: 'systemd' as const, unit: 'a.service' }].map(nameOf),
    ).toEqual(['tcp 127.0.0.1:5222', 'http http://127.0.0.1:80/status', 'command sh -c x', 'systemd a.service'])
  })
})
