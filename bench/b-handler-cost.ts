import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'
import type { HttpEvent } from '../functions/http.ts'
import { median, quantile } from './figures.ts'
import { endProgress, figure, heading, ms, progress, verdict } from './report.ts'
import { SteadyGroup } from './steady-group.ts'
import { startStore } from './store.ts'

const CALLS_PER_BLOCK = 100
const PAIRS = 60
const WARM_UP_PAIRS = 10

/** What of an invocation's context middleware reads. */
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 10_000 } as Context

interface Block {
  latenciesMs: number[]
  cpuMsPerCall: number
}

/** Does the work for each of its inputs, one after the other. The inputs were made before, so they cost nothing here. */
async function block<Input>(inputs: Input[], work: (input: Input) => Promise<unknown>): Promise<Block> {
  const latenciesMs: number[] = []
  const cpuBefore = process.cpuUsage()
  for (const input of inputs) {
    const startedMs = performance.now()
    await work(input)
    latenciesMs.push(performance.now() - startedMs)
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  return { latenciesMs, cpuMsPerCall: (user + system) / 1000 / inputs.length }
}

heading('b', 'The heartbeat handler against a bare UpdateItem', [
  'The deployed handler, invoked with an event of API Gateway as Lambda does, against the very UpdateItem that it sends,',
  'sent by a client of its own in the same process. The store is another process: its CPU is not counted.',
  `${PAIRS} pairs of blocks of ${CALLS_PER_BLOCK}, in turn, after a warm-up; the ratio of each pair, and of these the median.`,
])
const store = await startStore()
try {
  Object.assign(process.env, store.environment)
  progress('setting the group up')
  const group = await SteadyGroup.create()
  const { handler } = await import('../functions/handlers/heartbeat.ts')
  const client = new DynamoDBClient({})

  const handle = async (event: HttpEvent) => {
    const result = await handler(event, context)
    if (result.statusCode !== 200) throw new Error(`the handler answered ${JSON.stringify(result)}`)
  }
  const update = (input: UpdateItemCommandInput) => client.send(new UpdateItemCommand(input))
  const handlerBlock = () =>
    block(
      Array.from({ length: CALLS_PER_BLOCK }, () => group.event(0) as HttpEvent),
      handle,
    )
  const updateBlock = async () => {
    const inputs: UpdateItemCommandInput[] = []
    for (let count = 0; count < CALLS_PER_BLOCK; count++) inputs.push(await group.update(0))
    return block(inputs, update)
  }

  // Between the blocks both agents are heard and hear, so that nothing but steady heartbeats happens within them.
  const pairs: { handler: Block; update: Block }[] = []
  for (let count = -WARM_UP_PAIRS; count < PAIRS; count++) {
    progress(count < 0 ? 'warming up' : `pair ${count + 1} of ${PAIRS}`)
    await group.beat(0)
    await group.beat(1)
    const handlerFirst = count % 2 === 0
    const first = handlerFirst ? await handlerBlock() : await updateBlock()
    const second = handlerFirst ? await updateBlock() : await handlerBlock()
    const [handler, update] = handlerFirst ? [first, second] : [second, first]
    if (count >= 0) pairs.push({ handler, update })
  }
  endProgress()
  client.destroy()

  for (const [name, blocks] of [
    ['handler', pairs.map(({ handler }) => handler)],
    ['bare UpdateItem', pairs.map(({ update }) => update)],
  ] as const) {
    const latencies = blocks.flatMap(({ latenciesMs }) => latenciesMs)
    const cpu = median(blocks.map(({ cpuMsPerCall }) => cpuMsPerCall))
    const [p50, p95] = [quantile(latencies, 0.5), quantile(latencies, 0.95)]
    figure(name, `p50 ${ms(p50)}, p95 ${ms(p95)}, CPU ${ms(cpu)}`)
  }
  const latencyRatios = pairs.map(({ handler, update }) => median(handler.latenciesMs) / median(update.latenciesMs))
  const cpuRatios = pairs.map(({ handler, update }) => handler.cpuMsPerCall / update.cpuMsPerCall)
  verdict('latency, handler / bare UpdateItem', median(latencyRatios), 1.15)
  verdict('CPU, handler / bare UpdateItem', median(cpuRatios), 1.3)
} finally {
  await store.end()
}
