import { once } from 'node:events'
import net from 'node:net'

/** Below the ports that systems give to outgoing connections, so that no passing connection takes one. */
const FIRST = 10_000
const LAST = 29_999

/**
 * Ports of loopback that nobody listens on, all different. They are not reserved: two who ask at the same time get the
 * same with little probability, as each tries at random.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers: net.Server[] = []
  try {
    while (servers.length < count) servers.push(await listenSomewhere())
    return servers.map((server) => (server.address() as net.AddressInfo).port)
  } finally {
    await Promise.all(servers.map((server) => once(server.close(), 'close')))
  }
}

async function listenSomewhere(): Promise<net.Server> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const server = net.createServer()
    try {
      server.listen({ port: FIRST + Math.floor(Math.random() * (LAST - FIRST + 1)), host: '127.0.0.1' })
      await once(server, 'listening')
      return server
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
  throw new Error(`no free port on loopback between ${FIRST} and ${LAST}`)
}
