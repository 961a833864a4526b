import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invokeLambda, type LambdaFunction } from '../apps/stage/lambda.ts'
import { DEFAULT_SERVICE_PARAMETERS } from '../domain/settings.ts'
import { type StoreCall, startCountingProxy } from './counting-proxy.ts'
import { median } from './figures.ts'
import { endProgress, figure, heading, ms, progress } from './report.ts'
import { NODES, SteadyGroup } from './steady-group.ts'
import { type Store, startStore } from './store.ts'
import { type Resource, synthesizedResources } from './synthesized.ts'

/** AWS's list prices in us-east-1, in dollars, as they stood in November 2026; on demand, arm64, beyond the free tier. */
const PRICES = {
  apiRequest: 1 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGigabyteSecond: 0.0000133334,
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  logGigabyte: 0.5,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  keyMonth: 1,
}

const MONTH_SECONDS = 730 * 3600
const SWEEPS = MONTH_SECONDS / 60
const HEARTBEATS = 300
const SWEEPS_MEASURED = 20
/** Lambda gives a function of 1,769 MB one processor, and a smaller one its share. */
const MEGABYTES_PER_PROCESSOR = 1769
/** What one write of DynamoDB is assumed to take within a Region; it is waited for, and paid. */
const STORE_MS = 5
/** That the sweeper writes every minute, whatever happens: sweeps, failures, the outbox's age, seven conditions, the fleet brake. */
const STEADY_METRICS = 11

const dollars = (value: number): string => `$${value.toFixed(value < 0.1 ? 4 : 2)}`
const units = (calls: StoreCall[]): number => calls.reduce((sum, call) => sum + call.units, 0)

/** The deployed handler, with clients that go to the store directly: counting what they consume would cost CPU. */
async function directHandler(name: string, store: Store): Promise<LambdaFunction> {
  Object.assign(process.env, store.environment)
  const { handler } = await import(`../functions/handlers/${name}.ts?direct`)
  return handler
}

/** CPU of one call of a function, the middle one of many. */
async function cpuMs(name: string, handler: LambdaFunction, events: object[]): Promise<number> {
  const found: number[] = []
  for (const event of events) {
    const before = process.cpuUsage()
    await invokeLambda(handler, event, { name })
    const { user, system } = process.cpuUsage(before)
    found.push((user + system) / 1000)
  }
  return median(found)
}

/** What a function is billed for one call: its CPU at its share of a processor, and the waiting for the store. */
const billedMs = (cpuMs: number, megabytes: number): number =>
  (cpuMs * MEGABYTES_PER_PROCESSOR) / Math.min(megabytes, MEGABYTES_PER_PROCESSOR) + STORE_MS

const lambdaCost = (cpuMs: number, megabytes: number): number =>
  PRICES.lambdaRequest + (billedMs(cpuMs, megabytes) / 1000) * (megabytes / 1024) * PRICES.lambdaGigabyteSecond

/** Lambda writes no line of its own for a call that goes well. The bytes of one line of the API's access log: the variables stand for texts of about their own length. */
const accessLineBytes = (resources: Resource[]): number =>
  resources.find(({ Type }) => Type === 'AWS::ApiGatewayV2::Stage')?.Properties.AccessLogSettings?.Format.length ?? 0

/** An alarm is paid for each metric that it looks at. */
const alarmMetrics = (resources: Resource[]): number =>
  resources
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .reduce((sum, { Properties }) => sum + (Properties.Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1), 0)

heading('f', 'What a node costs in a month', [
  `Measured: capacity units and CPU of ${HEARTBEATS} steady heartbeats and of ${SWEEPS_MEASURED} sweeps of a group, by the deployed handlers over dynalite;`,
  'counted: what the CDK app deploys besides (environment dev). Assumed: the CPU time of this machine is that of Lambda, ',
  `a call of DynamoDB takes ${STORE_MS} ms. List prices of us-east-1 (November 2026), without free tier, data transfer and support.`,
])
const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'))
const store = await startStore()
try {
  progress('synthesizing the CDK app')
  const resources = await synthesizedResources(folder)
  const countOf = (type: string) => resources.filter(({ Type }) => Type === type).length
  const memoryOf = (name: string) =>
    resources.find(({ Properties }) => Properties.FunctionName?.endsWith(`-${name}`))?.Properties.MemorySize ?? 0
  const proxy = await startCountingProxy(store.environment.AWS_ENDPOINT_URL_DYNAMODB ?? '')
  Object.assign(process.env, store.environment, { AWS_ENDPOINT_URL_DYNAMODB: proxy.origin })
  progress('setting the group up')
  const group = await SteadyGroup.create()
  const beats = async (count: number) => {
    for (let index = 0; index < count; index++) await group.beat(index % 2 === 0 ? 0 : 1)
  }
  proxy.take()
  await beats(HEARTBEATS)
  const heartbeatUnits = units(proxy.take()) / HEARTBEATS
  const { handler } = (await import('../functions/handlers/sweeper.ts')) as { handler: LambdaFunction }
  await invokeLambda(handler, {}, { name: 'sweeper' })
  const sweepUnits = units(proxy.take())
  await proxy.close()
  progress('CPU')
  const heartbeat = await directHandler('heartbeat', store)
  const heartbeatMs = await cpuMs(
    'heartbeat',
    heartbeat,
    Array.from({ length: HEARTBEATS }, (_, index) => group.event(index % 2 === 0 ? 0 : 1)),
  )
  const sweeper = await directHandler('sweeper', store)
  const sweepMs = await cpuMs('sweeper', sweeper, Array(SWEEPS_MEASURED).fill({}))
  endProgress()

  const perMonth = MONTH_SECONDS / DEFAULT_SERVICE_PARAMETERS.keepAliveIntervalSeconds
  const memory = memoryOf('heartbeat')
  const logGigabytes = (perMonth * accessLineBytes(resources)) / 1e9
  const node = {
    'API Gateway': perMonth * PRICES.apiRequest,
    Lambda: perMonth * lambdaCost(heartbeatMs, memory),
    'DynamoDB, writes': perMonth * heartbeatUnits * PRICES.writeUnit,
    'DynamoDB, the sweeper reads': (SWEEPS * sweepUnits * PRICES.readUnit) / NODES.length,
    'access log': logGigabytes * PRICES.logGigabyte,
  }
  const environment = {
    'the sweeper': SWEEPS * lambdaCost(sweepMs, memoryOf('sweeper')),
    [`${STEADY_METRICS} metrics of its own`]: STEADY_METRICS * PRICES.metricMonth,
    [`${countOf('AWS::CloudWatch::Alarm')} alarms, on ${alarmMetrics(resources)} metrics`]:
      alarmMetrics(resources) * PRICES.alarmMonth,
    dashboard: countOf('AWS::CloudWatch::Dashboard') * PRICES.dashboardMonth,
    'encryption key': countOf('AWS::KMS::Key') * PRICES.keyMonth,
  }
  const total = (costs: Record<string, number>) => Object.values(costs).reduce((sum, cost) => sum + cost, 0)

  figure('a heartbeat', `${heartbeatUnits.toFixed(2)} write units, CPU ${ms(heartbeatMs)}`)
  figure('billed for it, at a function of', `${memory} MB: ${ms(billedMs(heartbeatMs, memory))}`)
  figure('a sweep of one group', `${sweepUnits.toFixed(2)} read units, CPU ${ms(sweepMs)}`)
  figure('heartbeats of a node in a month', perMonth.toLocaleString('en'))
  for (const [what, cost] of Object.entries(node)) figure(`  ${what}`, dollars(cost))
  figure('a node and month, with the default interval', dollars(total(node)))
  for (const [what, cost] of Object.entries(environment)) figure(`  ${what}`, dollars(cost))
  figure('an environment and month, beside its nodes', dollars(total(environment)))
} finally {
  await store.end()
  rmSync(folder, { recursive: true, force: true })
}
