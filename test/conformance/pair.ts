import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DemoNode, type DemoNodeLayout } from '../../apps/stage/demo-node.ts'
import { freePorts } from '../../apps/stage/ports.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import { DoorWatcher } from '../stage/door-watcher.ts'
import { PairUnderTest } from '../stage/pair-under-test.ts'
import { Switches, UNRELIABLE } from '../stage/switches.ts'
import { Network } from './network.ts'
import { NODES, type NodeName, type StageProcess } from './stage-process.ts'

/** Few, because every pair runs them in processes of their own: one that can be made not to start, and another. */
const CRITICAL_SERVICES = ['XCP Router', UNRELIABLE]
export const DATABASE = 'Database'

const GROUP = 'pair'
const PLACES = [0, 1] as const
const placeOf = (name: NodeName) => (name === NODES[0] ? 0 : 1)
/** Seldom, because several pairs are watched at once. */
const ASK_DOORS_EVERY_MS = 100
/** However slow the machine is, what is under way has ended by then. */
const LIMIT_MS = 90_000
/** Looking at several pairs all the time would itself make the machine slow. */
const LOOK_MS = 150

/** Of all walks of this process: a port that is free is not yet nobody's, as who asked for it may still be starting. */
const given = new Set<number>()

async function ownPorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const more = (await freePorts(count - ports.length)).filter((port) => !given.has(port))
    for (const port of more) given.add(port)
    ports.push(...more)
  }
  return ports
}

/** On ports that are free, with a network between the nodes and the control plane at `endpoint`. */
async function layOut(cluster: string, endpoint: string): Promise<{ layouts: DemoNodeLayout[]; network: Network }> {
  const names = [...CRITICAL_SERVICES, DATABASE]
  const ports = await ownPorts(NODES.length * (names.length + 2))
  const next = () => ports.pop() ?? 0
  const linkPorts = [next(), next()] as const
  const network = await Network.open(endpoint, linkPorts)
  const layouts = PLACES.map((place) => ({
    node: NODES[place],
    cluster,
    frontPort: next(),
    linkPort: linkPorts[place],
    peerLinkPort: network.linkPortOf(place),
    services: names.map((name) => ({ name, role: name === DATABASE ? 'database' : 'critical', port: next() }) as const),
  }))
  return { layouts, network }
}

/** A group of its own in a cluster of its own: two nodes that are configured, switched off, and watched at their doors. */
export class ConformancePair extends PairUnderTest {
  readonly switches = new Map<string, Switches>()
  readonly doors: DoorWatcher
  protected override readonly patience = [LIMIT_MS, LOOK_MS] as const
  /** Nodes that the story itself has made fall silent. */
  readonly silenced = new Set<string>()
  readonly #stage: StageProcess
  readonly #network: Network

  private constructor(stage: StageProcess, cluster: string, nodes: DemoNode[], network: Network) {
    super(cluster, GROUP)
    this.#network = network
    this.#stage = stage
    this.client = stage.client
    this.nodes = nodes
    const ports = Object.fromEntries(nodes.map(({ layout }) => [layout.node, layout.frontPort]))
    this.doors = new DoorWatcher(ports, ASK_DOORS_EVERY_MS)
  }

  static async create(
    stage: StageProcess,
    cluster: string,
    parameters: Partial<ServiceParameters>,
  ): Promise<ConformancePair> {
    const nodesFolder = join(stage.dataFolder, 'clusters', cluster)
    mkdirSync(nodesFolder, { recursive: true })
    const environment = { ...process.env, NODE_OPTIONS: '' }
    const { layouts, network } = await layOut(cluster, stage.endpoint)
    const nodes = layouts.map((layout) => new DemoNode({ layout, nodesFolder, environment }))
    const pair = new ConformancePair(stage, cluster, nodes, network)
    try {
      await pair.#configure(nodesFolder, parameters)
      pair.doors.start()
      return pair
    } catch (error) {
      await pair.end()
      throw error
    }
  }

  async #configure(nodesFolder: string, serviceParameters: Partial<ServiceParameters>): Promise<void> {
    const { principals, credentialsFile } = this.#stage
    const { clusterPath } = this
    const put = (path: string, body: unknown) => this.client.request({ method: 'PUT', path, body })
    await put(clusterPath, { databasePublisher: 'publisher', criticalServices: CRITICAL_SERVICES, serviceParameters })
    for (const name of NODES) {
      await put(`${clusterPath}/nodes/${name}`, {
        hostName: '127.0.0.1',
        softwareVersion: '15.0.1',
        principal: principals[name],
      })
      await this.node(name).configure(this.#network.endpointOf(placeOf(name)), credentialsFile)
      const folder = join(nodesFolder, `${name}-switches`)
      this.switches.set(name, Switches.write(folder, join(nodesFolder, name, 'agent.yaml')))
    }
    await put(this.groupPath, { nodes: NODES })
  }

  /** Boots a node: its services start, and whatever restarts its agent on its host watches it. */
  async powerOn(name: NodeName): Promise<void> {
    const node = this.node(name)
    await node.up()
    node.watchRestarts()
  }

  async isReady(): Promise<boolean> {
    const path = `${this.groupPath}/readiness`
    return (await this.client.request<{ ready: boolean }>({ method: 'GET', path })).body.ready
  }

  async untilReady(): Promise<void> {
    await this.until('the group is ready for high availability', () => this.isReady())
  }

  async enable(force = false): Promise<void> {
    const path = `${this.groupPath}/high-availability`
    await this.client.request({ method: 'PUT', path, body: { enabled: true, force } })
  }

  /** Two nodes in Normal, as an operator brings them up. */
  async bringUp(): Promise<void> {
    await Promise.all(NODES.map((name) => this.powerOn(name)))
    await this.untilReady()
    await this.enable()
    await this.untilPair('Normal/Normal', 'Normal/Normal')
  }

  /** The node hears nobody, and nobody hears it. */
  cutOff(name: NodeName): void {
    this.#network.cut(placeOf(name))
  }

  connectAgain(name: NodeName): void {
    this.#network.heal(placeOf(name))
  }

  override get output(): string {
    return this.#stage.output
  }

  async end(): Promise<void> {
    await this.doors.stop()
    await Promise.all(this.nodes.map((node) => node.powerOff()))
    this.#network.close()
  }
}
