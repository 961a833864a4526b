import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { NftGate, type NftGateSettings } from '../../../apps/agent/gate/nft-gate.ts'
import { eventually, inRepository, type Stand } from './stand.ts'

export const NODE_ADDRESS = '10.77.0.1'
export const OTHER_NODE_ADDRESS = '10.77.0.2'
const USER_ADDRESS = '10.77.0.9'

let networks = 0

/** A network of a node and a user, each in a namespace of its own, that ends with the test. */
export class Network {
  readonly node: string
  readonly user: string
  readonly #stand: Stand

  constructor(stand: Stand) {
    networks += 1
    this.#stand = stand
    this.node = `us-${process.pid}-${networks}-node`
    this.user = `us-${process.pid}-${networks}-user`
    for (const name of [this.node, this.user]) {
      ip('netns', 'add', name)
      stand.afterwards(() => ip('netns', 'delete', name))
    }
    ip('link', 'add', 'eth0', 'netns', this.node, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.user)
    for (const name of [this.node, this.user]) {
      ip('-n', name, 'link', 'set', 'lo', 'up')
      ip('-n', name, 'link', 'set', 'eth0', 'up')
    }
    for (const address of [NODE_ADDRESS, OTHER_NODE_ADDRESS])
      ip('-n', this.node, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', this.user, 'address', 'add', `${USER_ADDRESS}/24`, 'dev', 'eth0')
  }

  /** A server on the node that answers; a chatty one talks by itself, too, a mute one says nothing at all. */
  async server(...ports: number[]) {
    return await this.#serve('server', ports)
  }

  async chattyServer(...ports: number[]) {
    return await this.#serve('chatty-server', ports)
  }

  async muteServer(...ports: number[]) {
    return await this.#serve('mute-server', ports)
  }

  /** Answers datagrams. */
  async datagramServer(port: number) {
    return await this.#serve('datagram-server', [port])
  }

  async #serve(role: string, ports: number[]) {
    const server = this.#in(this.node, role, ...ports.map(String))
    await eventually('the server listens', () => server.said().includes('listening\n'))
    return server
  }

  /** Connects from the user's end, or from the node itself, and tells what becomes of it; see network-party.ts. */
  connect(port: number, { address = NODE_ADDRESS, from = this.user, silent = false } = {}) {
    const party = this.#in(from, silent ? 'listen' : 'talk', address, String(port))
    const events = () => party.said().split('\n').filter(Boolean)
    const become = (event: string) =>
      eventually(`the user's connection is ${event}: ${party.said()}`, () => {
        const line = events().find((one) => one.startsWith(`${event} `))
        return line !== undefined && Number(line.split(' ')[1])
      })
    return { ...party, events, become }
  }

  /** Sends datagrams from the user's end all the time; answers when one was answered, and when refused. */
  datagrams(port: number) {
    return this.#times(this.#in(this.user, 'send-datagrams', NODE_ADDRESS, String(port)), 'answered')
  }

  /** Tries again and again to connect, each time anew; answers when that went well, and when it did not. */
  knocking(port: number, { address = NODE_ADDRESS } = {}) {
    return this.#times(this.#in(this.user, 'knock', address, String(port)), 'in')
  }

  #times(party: { said: () => string }, success: string) {
    const times = (event: string) => {
      const lines = party.said().split('\n').slice(0, -1)
      return lines.filter((line) => line.startsWith(`${event} `)).map((line) => Number(line.split(' ')[1]))
    }
    return { let: () => times(success), refused: () => times('refused') }
  }

  gate(settings: Partial<NftGateSettings> = {}) {
    const log: string[] = []
    const gate = new NftGate({
      ports: { tcp: [5222], udp: [], addresses: undefined },
      environment: process.env,
      log: (line) => log.push(line),
      command: this.inNode('nft'),
      socketsCommand: this.inNode('ss'),
      ...settings,
    })
    this.#stand.afterwards(() => gate.close())
    return Object.assign(gate, { log })
  }

  /** A command as it is run on the node. */
  inNode = (...command: string[]): string[] => ['ip', 'netns', 'exec', this.node, ...command]

  nft(...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.node, 'nft', ...args], { encoding: 'utf8' })
  }

  /** An nft that first does what the script says; `$batch` is what it was given. */
  slowNft(script: string): string {
    const file = path.join(this.#stand.folder, 'slow-nft')
    writeFileSync(
      file,
      `#!/bin/sh\nbatch=''\n[ "$1" = -f ] && batch=$(cat)\n${script}\nprintf '%s\\n' "$batch" | nft "$@"\n`,
    )
    chmodSync(file, 0o755)
    return file
  }

  #in(namespace: string, ...args: string[]) {
    return this.runIn(namespace, 'test/apps/agent/network-party.ts', ...args)
  }

  /** A TypeScript file of the repository. `ip netns exec` becomes the program, so the process is the program's own. */
  runIn(namespace: string, file: string, ...args: string[]) {
    return this.#stand.spawn('ip', 'netns', 'exec', namespace, process.execPath, inRepository(file), ...args)
  }
}

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' })
