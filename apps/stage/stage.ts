import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import routes from '../../domain/routes.json' with { type: 'json' }
import { registerStage, unregisterStage } from '../client/stage.ts'
import { startAwsEndpoint } from './aws-endpoint.ts'
import { type Bus, createBus } from './bus.ts'
import { type Console, startConsole } from './console.ts'
import { corsOfConsole } from './cors.ts'
import { captureFunctionOutput, type FunctionOutput, messageOfLine } from './function-output.ts'
import { startGateway } from './gateway.ts'
import { type Identities, openIdentities } from './identities.ts'
import type { LambdaFunction } from './lambda.ts'
import { invokeLambda } from './lambda.ts'
import { type OnCall, startOnCall } from './on-call.ts'
import { startTables } from './tables.ts'
import { createWorkflowEngine, type WorkflowEngine } from './workflows.ts'

export interface StageOptions {
  port: number
  /** 0 takes a free one; null leaves the console out, and builds none. */
  consolePort: number | null
  dataFolder: string
  sweepIntervalMs: number
  /** As it was when the program began; what the stage starts gets it. */
  environment: NodeJS.ProcessEnv
  onError: (error: unknown, where: string) => void
}

/** The whole control plane on this machine: the deployed entry points, unmodified, over stand-ins for AWS. */
export interface Stage {
  endpoint: string
  /** Its `address` has the token in it, so that who opens it is signed in. */
  console: { origin: string; address: string } | null
  bus: Bus
  workflows: WorkflowEngine
  identities: Identities
  sweep(): Promise<void>
  close(): Promise<void>
}

const REGION = 'us-east-1'
const ACCOUNT = '000000000000'
const EVENT_BUS = 'understudy'
/** In the data folder: what on-call was told. */
export const ON_CALL_FILE = 'on-call.txt'
/** In the data folder: what the functions log. */
export const LOG_FILE = 'stage.log'
const MACHINES = ['failover', 'fallback', 'recovery', 'schedule']
/** Of what a data folder holds. A folder of another format is left alone. */
const DATA_FORMAT = 2

const project = new URL('../../', import.meta.url)
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function openDataFolder(folder: string): Promise<void> {
  const file = join(folder, 'stage.json')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return writeFile(file, `${JSON.stringify({ format: DATA_FORMAT })}\n`)
  const format = (JSON.parse(text) as { format?: number }).format
  if (format === DATA_FORMAT) return
  throw new Error(
    `the data folder ${folder} has format ${format} and this version writes format ${DATA_FORMAT}: ` +
      'choose another with --data, or remove it to begin anew',
  )
}

/** What the functions find in their environment on AWS, pointing here. The SDK's own variables lead to the stand-ins. */
function prepareEnvironment(
  tables: Awaited<ReturnType<typeof startTables>>,
  awsOrigin: string,
  engine: WorkflowEngine,
  onCall: OnCall,
  environment: NodeJS.ProcessEnv,
) {
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'stage',
    AWS_SECRET_ACCESS_KEY: 'stage',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    AWS_ENDPOINT_URL_SFN: awsOrigin,
    AWS_ENDPOINT_URL_EVENTBRIDGE: awsOrigin,
    AWS_ENDPOINT_URL_SNS: onCall.topicOrigin,
    CLUSTERS_TABLE: tables.tableNames.clusters,
    GROUPS_TABLE: tables.tableNames.groups,
    HISTORY_TABLE: tables.tableNames.history,
    HISTORY_DAYS: environment.HISTORY_DAYS ?? '400',
    REQUESTS_TABLE: tables.tableNames.requests,
    BRAKE_TABLE: tables.tableNames.brake,
    USERS_TABLE: tables.tableNames.users,
    SESSIONS_TABLE: tables.tableNames.sessions,
    EVENT_BUS_NAME: EVENT_BUS,
    ALERT_TOPIC_ARN: `arn:aws:sns:${REGION}:${ACCOUNT}:on-call`,
    ENVIRONMENT_NAME: 'stage',
    FAILOVER_STATE_MACHINE_ARN: engine.arnOf('failover'),
    FALLBACK_STATE_MACHINE_ARN: engine.arnOf('fallback'),
    RECOVERY_STATE_MACHINE_ARN: engine.arnOf('recovery'),
    SCHEDULE_STATE_MACHINE_ARN: engine.arnOf('schedule'),
    POWERTOOLS_SERVICE_NAME: 'understudy',
    POWERTOOLS_METRICS_NAMESPACE: 'Understudy',
    // Nobody collects them here, and the sweeper's come every few seconds.
    POWERTOOLS_METRICS_DISABLED: environment.POWERTOOLS_METRICS_DISABLED ?? 'true',
  })
  delete process.env.AWS_SESSION_TOKEN
  delete process.env.AWS_PROFILE
}

/** How long a function that is at work when the stage ends may take to finish. */
const FINISH_LIMIT_MS = 3000

/** The functions as they are called; `settled` waits until none is at work. */
function supervised(handlers: Record<string, LambdaFunction>, output: FunctionOutput) {
  const atWork = new Set<Promise<unknown>>()
  const functions = Object.entries(handlers).map(([name, handler]): [string, LambdaFunction] => [
    name,
    (event, context) => {
      const work = Promise.resolve(output.during(name, () => handler(event, context)))
      const noted = work.catch(() => undefined).finally(() => atWork.delete(noted))
      atWork.add(noted)
      return work
    },
  ])
  const settled = () => Promise.race([Promise.all(atWork), pause(FINISH_LIMIT_MS, undefined, { ref: false })])
  return { functions: Object.fromEntries(functions), settled }
}

/** The real handlers. They read their environment as they are loaded, so it must be there before. */
async function loadHandlers(): Promise<Record<string, LambdaFunction>> {
  const load = async (name: string) => {
    const module = await import(new URL(`functions/handlers/${name}.ts`, project).href)
    return [name, module.handler as LambdaFunction] as const
  }
  const api = ['heartbeat', 'configuration', 'commands', 'queries', 'users', 'sessions']
  const names = [...api, 'workflow-step', 'sweeper', 'alerts']
  return Object.fromEntries(await Promise.all(names.map(load)))
}

const machineTexts = async () =>
  Object.fromEntries(
    await Promise.all(
      MACHINES.map(async (name) => [name, await readFile(new URL(`statemachines/${name}.asl.json`, project), 'utf8')]),
    ),
  )

async function openConsole(
  { consolePort, dataFolder, environment, onError }: StageOptions,
  endpoint: string,
  identities: Identities,
): Promise<Console | null> {
  if (consolePort === null) return null
  const fileOf = (name: string) => fileURLToPath(new URL(`apps/console/${name}`, project))
  return startConsole({
    port: consolePort,
    endpoint,
    region: REGION,
    dataFolder,
    identities,
    build: { program: fileOf('build.ts'), environment },
    folder: fileOf('dist'),
    contentSecurityPolicyFile: fileOf('content-security-policy.json'),
    onError,
  })
}

/** Brings the stage up. Rejects with one clear line where a port is taken or the data folder cannot be used. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { port, dataFolder, sweepIntervalMs, onError } = options
  await openDataFolder(dataFolder)
  const tables = await startTables({ path: join(dataFolder, 'dynamodb') })
  const functions: Record<string, LambdaFunction> = {}
  const bus = createBus({ region: REGION, accountId: ACCOUNT, onError: (error) => onError(error, 'the event bus') })
  const engine = createWorkflowEngine({
    machines: await machineTexts(),
    substitutions: { WorkflowStepFunctionArn: 'workflow-step' },
    functions: { 'workflow-step': (event, context) => functions['workflow-step']?.(event, context) },
    region: REGION,
    accountId: ACCOUNT,
    onError: (error, where) => onError(error, `workflow ${where.machine} ${where.state ?? ''}`.trim()),
  })
  const aws = await startAwsEndpoint({
    services: { AWSStepFunctions: engine.service, AWSEvents: bus.service },
    onError: (error, target) => onError(error, target),
  })
  const onCall = await startOnCall({
    bus,
    file: join(dataFolder, ON_CALL_FILE),
    invoke: (event) => invokeLambda(functions.alerts as LambdaFunction, event, { name: 'alerts' }),
    onError,
  })
  const identities = await openIdentities(dataFolder)
  prepareEnvironment(tables, aws.origin, engine, onCall, options.environment)
  const output = captureFunctionOutput({
    file: join(dataFolder, LOG_FILE),
    onErrorLine: (line, name) => onError(messageOfLine(line), `the function ${name}`),
  })
  const handlers = supervised(await loadHandlers(), output)
  Object.assign(functions, handlers.functions)
  const closeParts = async () => {
    await engine.close()
    await handlers.settled()
    await onCall.close()
    await aws.close()
    await tables.close()
    output.close()
  }
  let origin: string | undefined
  const gateway = await startGateway({
    port,
    routes,
    functions,
    findIdentity: (accessKeyId) => identities.find(accessKeyId),
    accountId: ACCOUNT,
    cors: () => (origin === undefined ? null : corsOfConsole(origin, routes)),
    onError: (error, { call }) => onError(error, call),
  }).catch(async (error) => {
    await closeParts()
    throw error
  })
  const webConsole = await openConsole(options, gateway.origin, identities).catch(async (error) => {
    await gateway.close()
    await closeParts()
    throw error
  })
  origin = webConsole?.origin

  let sweeping: Promise<void> | null = null
  const sweep = () => {
    sweeping ??= (async () => {
      try {
        await invokeLambda(functions.sweeper as LambdaFunction, {}, { name: 'sweeper' })
      } catch (error) {
        onError(error, 'the sweeper')
      } finally {
        sweeping = null
      }
    })()
    return sweeping
  }
  const schedule = setInterval(() => void sweep(), sweepIntervalMs)
  void sweep()
  const { credentialsFile } = identities
  const endpoint = gateway.origin
  const address = webConsole?.address ?? null
  await registerStage(gateway.port, { endpoint, console: address, dataFolder, credentialsFile, pid: process.pid })

  return {
    endpoint,
    console: webConsole && { origin: webConsole.origin, address: webConsole.address },
    bus,
    workflows: engine,
    identities,
    sweep,
    async close() {
      clearInterval(schedule)
      await unregisterStage(gateway.port, process.pid).catch((error) => onError(error, messageOf(error)))
      await webConsole?.close()
      await gateway.close()
      await sweeping
      await closeParts()
    },
  }
}
