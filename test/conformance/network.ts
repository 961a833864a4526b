import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'

const HOST = '127.0.0.1'

/** The road of one node to the control plane: everything passes, or nothing does and nobody is told. */
class Road {
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()
  isCut = false

  private constructor(targetPort: number) {
    this.#server = net.createServer((outside) => {
      const inside = net.connect({ host: HOST, port: targetPort })
      for (const [from, to] of [
        [outside, inside],
        [inside, outside],
      ] as const) {
        this.#sockets.add(from)
        from.on('data', (data) => this.isCut || to.write(data))
        from.on('error', () => from.destroy())
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
      }
    })
  }

  static async open(targetPort: number): Promise<Road> {
    const road = new Road(targetPort)
    road.#server.listen({ host: HOST, port: 0 })
    await once(road.#server, 'listening')
    return road
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** What was lost makes every connection useless that there was. */
  forget(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.#server.close()
    this.forget()
  }
}

async function datagramSocket(): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4')
  socket.bind({ address: HOST, port: 0 })
  await once(socket, 'listening')
  return socket
}

/** Between two nodes and the control plane; any of the nodes can be cut off from both others. */
export class Network {
  readonly #roads: [Road, Road]
  /** Where each node sends to its peer. */
  readonly #links: [dgram.Socket, dgram.Socket]

  private constructor(roads: [Road, Road], links: [dgram.Socket, dgram.Socket]) {
    this.#roads = roads
    this.#links = links
  }

  /** `linkPorts`: where the agents of the two nodes listen for each other. */
  static async open(endpoint: string, linkPorts: readonly [number, number]): Promise<Network> {
    const port = Number(new URL(endpoint).port)
    const roads: [Road, Road] = [await Road.open(port), await Road.open(port)]
    const links: [dgram.Socket, dgram.Socket] = [await datagramSocket(), await datagramSocket()]
    const network = new Network(roads, links)
    const isCut = () => roads.some((road) => road.isCut)
    links[0].on('message', (datagram) => isCut() || links[1].send(datagram, linkPorts[1], HOST))
    links[1].on('message', (datagram) => isCut() || links[0].send(datagram, linkPorts[0], HOST))
    return network
  }

  /** Of the control plane, as the node reaches it. */
  endpointOf(node: 0 | 1): string {
    return `http://${HOST}:${this.#roads[node].port}`
  }

  /** Of the peer, as the node reaches it. */
  linkPortOf(node: 0 | 1): number {
    return this.#links[node].address().port
  }

  cut(node: 0 | 1): void {
    this.#roads[node].isCut = true
  }

  heal(node: 0 | 1): void {
    this.#roads[node].isCut = false
    this.#roads[node].forget()
  }

  close(): void {
    for (const road of this.#roads) road.close()
    for (const link of this.#links) link.close()
  }
}
