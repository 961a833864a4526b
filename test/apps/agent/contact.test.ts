import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Contact } from '../../../apps/agent/contact.ts'
import { Road } from '../../../apps/agent/road.ts'
import { createClient } from '../../../apps/client/node-client.ts'
import { ProblemError } from '../../../apps/client/problem.ts'
import type { Heartbeat } from '../../../domain/contract/heartbeat.ts'

describe('the contact with the control plane', () => {
  let nowMs: number
  let log: string[]
  let contact: Contact
  beforeEach(() => {
    nowMs = 1000
    log = []
    contact = new Contact(
      (line) => log.push(line),
      () => nowMs,
    )
  })
  const refusal = (status: number) => new ProblemError({ type: 'about:blank', title: 'x', status, detail: 'no' })

  it('is said when it comes and when it goes, and why', () => {
    contact.answered('pair')
    contact.answered('pair')
    nowMs += 500
    contact.failed(new Error('no answer'))
    nowMs += 500
    contact.failed(new Error('no answer'))

    expect(log).toEqual(['connected: group pair', 'not connected: no answer'])
    expect(contact.reading).toMatchObject({ connected: false, sinceMs: 1500, why: 'no answer', isRefused: false })
  })

  it('is told with another reason only now and then, as each endpoint has its own', () => {
    for (let second = 0; second < 120; second++) {
      contact.failed(new Error(`reason ${second % 2}`))
      nowMs += 1000
    }

    expect(log).toEqual(['not connected: reason 0', 'still not connected: reason 1'])
    expect(contact.reading.why).toBe('reason 1')
  })

  it('is a refusal where somebody answers, and none where nobody is able to', () => {
    contact.failed(refusal(403))
    expect(contact.reading.isRefused).toBe(true)
    contact.failed(refusal(503))
    expect(contact.reading.isRefused).toBe(false)
    contact.failed(refusal(403))
    contact.answered(undefined)
    expect(contact.reading).toMatchObject({ isRefused: false, why: null })
  })

  it('finds out a wrong clock from a refusal, says so once, and names it in the reason', async () => {
    const date = new Date(Date.now() - 400_000).toUTCString()
    const server = http.createServer((_, response) => {
      response.writeHead(403, { date, 'content-type': 'application/json' })
      response.end('{"message":"Signature not yet current"}')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' }
    const clients = [createClient({ endpoint, region: 'r', credentials })]
    const road = new Road({ node: 'a', cluster: 'c', endpoints: [endpoint], clients, log: (line) => log.push(line) })
    for (let tries = 0; tries < 2; tries++) {
      const { signal } = new AbortController()
      await road.post({} as Heartbeat, signal, 5000).catch((error) => road.failed(error))
    }
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))

    expect(road.reading.clockAheadSeconds).toBeGreaterThanOrEqual(398)
    expect(road.reading.why).toMatch(
      /^Signature not yet current; the host's clock is \d+ s ahead of the control plane's$/,
    )
    expect(log.filter((line) => line.includes('clock'))).toHaveLength(1)
  })
})
