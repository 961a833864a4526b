import { fileURLToPath } from 'node:url'
import { createClient } from '../apps/client/node-client.ts'
import { createUser } from '../test/deployment/callers.ts'
import { Deployment, STATEFUL, STATELESS } from '../test/deployment/deployment.ts'
import { Emulator, REGION } from '../test/deployment/emulator.ts'
import { Queue } from '../test/deployment/queues.ts'
import { DeployedGroup } from './deployed-group.ts'
import { median, quantile } from './figures.ts'
import { endProgress, figure, heading, ms, progress, verdict } from './report.ts'
import { CLUSTER, NODES } from './steady-group.ts'

const BARE = 'understudy-emulator-bare'
const CALLS_PER_NODE = 40
const PAIRS = 40
const WARM_UP_PAIRS = 5

interface Block {
  latenciesMs: number[]
  perSecond: number
}

/** Does the work for both nodes at once, for each one call after the other, as fast as they are answered. */
async function block(work: (index: 0 | 1) => Promise<number>): Promise<Block> {
  const startedMs = performance.now()
  const node = async (index: 0 | 1) => {
    const latenciesMs: number[] = []
    for (let count = 0; count < CALLS_PER_NODE; count++) latenciesMs.push(await work(index))
    return latenciesMs
  }
  const latenciesMs = (await Promise.all([node(0), node(1)])).flat()
  return { latenciesMs, perSecond: (latenciesMs.length * 1000) / (performance.now() - startedMs) }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

heading('g', 'Heartbeats through the deployed API, against a bare UpdateItem', [
  'The control plane, deployed by CDK into an emulator of AWS on this machine, and beside it a function of the same',
  'runtime and memory that sends the very UpdateItem of a steady heartbeat, behind an API with a path as long.',
  'Most of the time is the emulator’s own, in Python: the ratios say something, the figures little about AWS.',
  `${PAIRS} pairs of blocks, in turn, after a warm-up; in each both nodes send ${CALLS_PER_NODE}, as fast as they are answered.`,
])
const emulator = await Emulator.start(progress).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
try {
  const deployment = new Deployment(emulator)
  await Queue.create(emulator, 'on-call')
  progress('deploying')
  await deployment.bootstrap()
  await deployment.deploy()
  const bareApp = `${process.execPath} ${fileURLToPath(new URL('bare-api.ts', import.meta.url))}`
  await deployment.deploy({ app: bareApp })

  progress('setting the group up')
  const policies = [deployment.output(STATELESS, 'NodeAgentPolicyArn'), deployment.output(BARE, 'CallerPolicyArn')]
  const operator = await createUser(emulator, 'operator', [deployment.output(STATELESS, 'OperatorPolicyArn')])
  const [one, two] = [await createUser(emulator, NODES[0], policies), await createUser(emulator, NODES[1], policies)]
  const table = deployment.output(STATEFUL, 'GroupsTableName')
  const endpoint = deployment.endpoint()
  const group = await DeployedGroup.create({ endpoint, region: REGION, operator, nodes: [one, two] })

  const bareClients = [one, two].map(({ credentials }) =>
    createClient({ endpoint: deployment.endpoint(BARE), region: REGION, credentials }),
  )
  const beat = (index: 0 | 1) => {
    const heartbeat = group.heartbeat(index)
    return timed(() => group.beat(index, heartbeat))
  }
  const update = async (index: 0 | 1) => {
    const path = `/clusters/${CLUSTER}/nodes/${NODES[index]}/bareupdate`
    const body = await group.update(index, table)
    return timed(async () => bareClients[index]?.request({ method: 'POST', path, body }))
  }

  // Between the blocks both agents are heard and hear, so that nothing but steady heartbeats happens within them.
  const pairs: { heartbeats: Block; updates: Block }[] = []
  for (let count = -WARM_UP_PAIRS; count < PAIRS; count++) {
    progress(count < 0 ? 'warming up' : `pair ${count + 1} of ${PAIRS}`)
    await group.both()
    const heartbeatsFirst = count % 2 === 0
    const first = await block(heartbeatsFirst ? beat : update)
    const second = await block(heartbeatsFirst ? update : beat)
    const [heartbeats, updates] = heartbeatsFirst ? [first, second] : [second, first]
    if (count >= 0) pairs.push({ heartbeats, updates })
  }
  endProgress()

  for (const [name, blocks] of [
    ['heartbeats', pairs.map(({ heartbeats }) => heartbeats)],
    ['bare UpdateItem', pairs.map(({ updates }) => updates)],
  ] as const) {
    const latencies = blocks.flatMap(({ latenciesMs }) => latenciesMs)
    const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)]
    const perSecond = median(blocks.map((each) => each.perSecond))
    figure(name, `${perSecond.toFixed(0)} per second, p50 ${ms(p50)}, p99 ${ms(p99)}`)
  }
  const ratio = (of: (block: Block) => number) =>
    median(pairs.map(({ heartbeats, updates }) => of(heartbeats) / of(updates)))
  const p99 = (name: 'heartbeats' | 'updates') =>
    quantile(
      pairs.flatMap((pair) => pair[name].latenciesMs),
      0.99,
    )
  verdict('calls per second, bare UpdateItem / heartbeats', 1 / ratio(({ perSecond }) => perSecond), 1.15)
  verdict(
    'latency p50, heartbeats / bare UpdateItem',
    ratio(({ latenciesMs }) => median(latenciesMs)),
    1.15,
  )
  figure('latency p99, heartbeats / bare UpdateItem', (p99('heartbeats') / p99('updates')).toFixed(2))
} finally {
  await emulator.end()
}
