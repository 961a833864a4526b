import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromIni } from '@aws-sdk/credential-providers'
import { DEFAULT_CRITICAL_SERVICES, DEFAULT_SERVICE_PARAMETERS, type ServiceParameters } from '../../domain/settings.ts'
import { writeFileAtomically } from '../agent/atomic-file.ts'
import type { GroupStatus } from '../client/answers.ts'
import { createClient } from '../client/node-client.ts'
import type { SignedClient } from '../client/signed-client.ts'
import { DemoNode, type DemoNodeLayout } from './demo-node.ts'
import { freePorts } from './ports.ts'
import type { Stage } from './stage.ts'

export const DEMO = { cluster: 'demo', group: 'pair', nodes: ['alpha', 'beta'], database: 'Database' }

/** Short, so that everything can be watched within seconds; `--defaults` takes the field's. */
export const DEMO_PARAMETERS = {
  criticalServiceDelaySeconds: 5,
  automaticFallbackDelaySeconds: 20,
  initializationKeepAliveTimeoutSeconds: 6,
  keepAliveTimeoutSeconds: 3,
  keepAliveIntervalSeconds: 0.6,
} satisfies Partial<ServiceParameters>

const LOOK_MS = 100
const UP_LIMIT_MS = 60_000
const DESCRIBE_MS = 200

const group = `/clusters/${DEMO.cluster}/groups/${DEMO.group}`

/** The nodes of a data folder, as they were made the first time. */
export async function openNodes(dataFolder: string, environment: NodeJS.ProcessEnv): Promise<DemoNode[]> {
  const nodesFolder = join(dataFolder, 'nodes')
  const file = join(nodesFolder, 'layout.json')
  if (!existsSync(file)) {
    await mkdir(nodesFolder, { recursive: true, mode: 0o700 })
    await writeFile(file, `${JSON.stringify(await newLayouts(), null, 2)}\n`)
  }
  const layouts = JSON.parse(readFileSync(file, 'utf8')) as DemoNodeLayout[]
  return layouts.map((layout) => new DemoNode({ layout, nodesFolder, environment }))
}

async function newLayouts(): Promise<DemoNodeLayout[]> {
  const names = [...DEFAULT_CRITICAL_SERVICES, DEMO.database]
  const ports = await freePorts(DEMO.nodes.length * (names.length + 2))
  const linkPorts = ports.splice(0, DEMO.nodes.length)
  return DEMO.nodes.map((node, index) => ({
    node,
    cluster: DEMO.cluster,
    frontPort: ports.pop() ?? 0,
    linkPort: linkPorts[index] ?? 0,
    peerLinkPort: linkPorts[1 - index] ?? 0,
    services: names.map((name) => ({
      name,
      role: name === DEMO.database ? 'database' : 'critical',
      port: ports.pop() ?? 0,
    })),
  }))
}

export interface Demo {
  /** As they were when the demo came up. */
  parameters: ServiceParameters
  client: SignedClient
  nodes: DemoNode[]
  status(): Promise<GroupStatus>
  /** Ends every process of the demo. */
  close(): Promise<void>
}

export interface DemoOptions {
  stage: Stage
  dataFolder: string
  environment: NodeJS.ProcessEnv
  parameters: Partial<ServiceParameters>
  /** Says what it is at. */
  progress: (what: string) => void
  onError: (error: unknown, where: string) => void
  /** Ends the starting; what has been started by then is ended, too. */
  signal: AbortSignal
}

/** The demo cluster: one group of two nodes, set up through the API, and kept as it was found. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { stage, dataFolder, environment, progress, signal } = options
  const { credentialsFile } = stage.identities
  const nodes = await openNodes(dataFolder, environment)
  const client = createClient({
    endpoint: stage.endpoint,
    region: 'us-east-1',
    credentials: fromIni({ filepath: credentialsFile, profile: 'operator' }),
  })
  const status = async () => (await client.request<GroupStatus>({ method: 'GET', path: group })).body
  let describing: NodeJS.Timeout | undefined
  let described = Promise.resolve()
  const demo: Demo = {
    parameters: DEFAULT_SERVICE_PARAMETERS,
    client,
    nodes,
    status,
    async close() {
      clearInterval(describing)
      await described
      await Promise.all(nodes.map((node) => node.powerOff()))
      await rm(join(dataFolder, 'demo.json'), { force: true })
    },
  }
  try {
    progress('configuring the demo cluster')
    await configure(options, client, nodes)
    demo.parameters = await parametersInForce(client)
    for (const node of nodes) {
      await stage.identities.addAgent(node.layout.node)
      const changed = await node.configure(stage.endpoint, credentialsFile)
      if (changed) await node.powerOff()
      signal.throwIfAborted()
      await node.up()
      node.watchRestarts()
    }
    progress('waiting for the agents, and for all services to run')
    await until(
      async () => (await client.request<{ ready: boolean }>(readiness)).body.ready || isUsed(await status()),
      signal,
    )
    if (!(await status()).highAvailability) {
      progress('enabling high availability')
      await client.request({ method: 'PUT', path: `${group}/high-availability`, body: { enabled: true } })
    }
    await until(
      async () => (await status()).nodes.every(({ state }) => state !== 'Unknown' && state !== 'Initializing'),
      signal,
    )
    const describe = describer(options, nodes)
    await describe()
    describing = setInterval(() => {
      described = describe().catch((error) => options.onError(error, 'demo.json'))
    }, DESCRIBE_MS)
    return demo
  } catch (error) {
    await demo.close()
    throw error
  }
}

async function parametersInForce(client: SignedClient): Promise<ServiceParameters> {
  const path = `/clusters/${DEMO.cluster}`
  const { body } = await client.request<{ serviceParameters: ServiceParameters }>({ method: 'GET', path })
  return body.serviceParameters
}

const readiness = { method: 'GET', path: `${group}/readiness` } as const

/** The group had high availability before: it need not be ready for it again. */
const isUsed = (status: GroupStatus): boolean => status.highAvailability

/** Through the API. A cluster that is there already keeps what it has. */
async function configure({ stage, parameters }: DemoOptions, client: SignedClient, nodes: DemoNode[]): Promise<void> {
  const { body } = await client.request<{ clusters: { cluster: string }[] }>({ method: 'GET', path: '/clusters' })
  if (body.clusters.some(({ cluster }) => cluster === DEMO.cluster)) return
  const put = (path: string, content: unknown) => client.request({ method: 'PUT', path, body: content })
  const cluster = `/clusters/${DEMO.cluster}`
  await put(cluster, { databasePublisher: 'publisher', serviceParameters: parameters })
  for (const { layout } of nodes) {
    const { userArn } = await stage.identities.addAgent(layout.node)
    await put(`${cluster}/nodes/${layout.node}`, {
      hostName: '127.0.0.1',
      softwareVersion: '15.0.1',
      principal: userArn,
    })
  }
  await put(group, { description: 'the demo pair', nodes: DEMO.nodes })
}

/** Writes `demo.json` whenever a process has come or gone, so that a script can break things. */
function describer({ stage, dataFolder }: DemoOptions, nodes: DemoNode[]): () => Promise<void> {
  let written = ''
  let writing = Promise.resolve()
  return () => {
    const text = `${JSON.stringify(
      {
        endpoint: stage.endpoint,
        console: stage.console?.address ?? null,
        cluster: DEMO.cluster,
        group: DEMO.group,
        credentialsFile: stage.identities.credentialsFile,
        nodes: Object.fromEntries(nodes.map((node) => [node.layout.node, node.describe()])),
      },
      null,
      2,
    )}\n`
    if (text === written) return writing
    written = text
    writing = writing.then(() => writeFileAtomically(join(dataFolder, 'demo.json'), text))
    return writing
  }
}

async function until(holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const limitMs = performance.now() + UP_LIMIT_MS
  while (!(await holds())) {
    signal.throwIfAborted()
    if (performance.now() > limitMs) {
      throw new Error(`the demo did not come up within ${UP_LIMIT_MS / 1000} s; its logs stand in nodes/*/agent.log`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
