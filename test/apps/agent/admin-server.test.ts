import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { readAdminFile } from '../../../apps/agent/admin/admin-file.ts'
import { AdminServer, type AdminServerOptions } from '../../../apps/agent/admin/admin-server.ts'
import { agentConfig } from '../../../apps/agent/config.ts'
import { eventually, Stand } from './stand.ts'

describe('the admin port', () => {
  let stand: Stand
  const log: string[] = []
  beforeEach(() => {
    stand = new Stand()
    log.length = 0
  })
  afterEach(() => stand.clear())

  function server(options: Partial<AdminServerOptions> = {}) {
    const opened = new AdminServer({
      ...{ address: '127.0.0.1', stateFolder: stand.folder, open: ['GET /metrics'], log: (line) => log.push(line) },
      routes: {
        'GET /metrics': () => ({ status: 200, json: 'open' }),
        'POST /echo': (body) => ({ status: 200, json: body }),
        'GET /breaks': () => Promise.reject(new Error('broken')),
      },
      againMs: 10,
      ...options,
    })
    stand.afterwards(() => opened.close())
    return opened
  }
  const found = () => readAdminFile(stand.folder)
  function ask(method: string, route: string, options: { body?: string; token?: string } = {}) {
    const { port, token } = found() ?? {}
    const authorization = `Bearer ${options.token ?? token}`
    const body = options.body === undefined ? {} : { body: options.body }
    return fetch(`http://127.0.0.1:${port}${route}`, { method, headers: { authorization }, ...body })
  }

  it('that is taken is tried again until it is free', async () => {
    const other = net.createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await server().listen(port)
    expect(log[0]).toMatch(new RegExp(`^the admin port ${port} of 127.0.0.1 is not to be had, and is tried again: `))
    expect(found()).toBeUndefined()

    await new Promise((resolve) => other.close(resolve))
    await eventually('it is open', () => found()?.port === port)
  })

  it('is given up for another that is wanted, and tells nobody of the old one while that is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1')
    stand.afterwards(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const admin = server()
    await admin.listen(0)
    const before = found()?.port
    await admin.listen(port)

    expect(found()).toBeUndefined()
    await expect(fetch(`http://127.0.0.1:${before}/metrics`)).rejects.toThrow()
    await admin.listen(0)
    expect(found()?.port).not.toBe(port)
  })

  it('moves when the cluster’s parameter changes', async () => {
    const admin = server()
    await admin.listen(0)
    const before = found()?.port
    const spare = net.createServer().listen(0, '127.0.0.1')
    await once(spare, 'listening')
    const { port } = spare.address() as AddressInfo
    await new Promise((resolve) => spare.close(resolve))
    await admin.listen(port)

    expect(found()?.port).toBe(port)
    await expect(fetch(`http://127.0.0.1:${before}/metrics`)).rejects.toThrow()
    await admin.close()
    expect(found()).toBeUndefined()
  })

  it('refuses strangers, and what it does not understand', async () => {
    await server().listen(0)

    expect((await ask('POST', '/echo', { token: 'x' })).status).toBe(401)
    expect((await ask('GET', '/metrics', { token: 'x' })).status).toBe(200)
    expect((await ask('GET', '/echo')).status).toBe(404)
    expect((await ask('POST', '/echo', { body: '{' })).status).toBe(400)
    expect((await ask('POST', '/echo', { body: JSON.stringify('x'.repeat(5000)) })).status).toBe(413)
    expect((await ask('GET', '/breaks')).status).toBe(500)
    expect(await (await ask('POST', '/echo', { body: '{"a":1}' })).json()).toEqual({ a: 1 })
  })

  it('asks for the token everywhere where others reach it', async () => {
    await server({ address: '0.0.0.0' }).listen(0)

    expect((await ask('GET', '/metrics', { token: 'x' })).status).toBe(401)
    expect((await ask('GET', '/metrics')).status).toBe(200)
  })

  it('is let out of the host only with a token of the operator’s own', () => {
    const { admin } = agentConfig.shape
    expect(admin.parse({})).toEqual({ address: '127.0.0.1' })
    expect(admin.safeParse({ address: '0.0.0.0' }).error?.message).toContain('needs a tokenFile')
    expect(admin.parse({ address: '0.0.0.0', tokenFile: 'x' })).toMatchObject({ address: '0.0.0.0' })
  })

  it('lets no one who is slow hold it', async () => {
    await server().listen(0)
    const { port = 0, token = '' } = found() ?? {}
    const idle = Array.from({ length: 10 }, () => net.connect(port, '127.0.0.1'))
    for (const socket of idle) stand.afterwards(() => socket.destroy())
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    const answer = http.get({
      port,
      host: '127.0.0.1',
      path: '/metrics',
      headers: { authorization: `Bearer ${token}` },
    })
    const [response] = await once(answer, 'response')

    expect(response.statusCode).toBe(200)
    response.resume()
  })
})
