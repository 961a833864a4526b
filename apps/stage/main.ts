import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { DEFAULT_STAGE_PORT, findStage } from '../client/stage.ts'
import { DEMO_PARAMETERS, type Demo, openNodes, startDemo } from './demo.ts'
import { DEFAULT_DATA_FOLDER, showStage } from './screen.ts'
import { startStage } from './stage.ts'

/** With the demo's short parameters once a minute would be an age. */
const DEMO_SWEEP_MS = 2000
const SWEEP_MS = 60_000

// The stage points the AWS SDK's variables at itself; what it starts gets the environment as it was.
const environment = { ...process.env }

const LAST_PORT = 65535

function portNumber(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= LAST_PORT) return port
  throw new InvalidArgumentError('give a port from 0 to 65535; 0 takes a free one')
}

/** Beside the API's port, and not the next one, where a second stage may be. A free one goes with a free one. */
const CONSOLE_PORT_DISTANCE = 2
const consolePortBeside = (port: number): number =>
  port === 0 || port + CONSOLE_PORT_DISTANCE > LAST_PORT ? 0 : port + CONSOLE_PORT_DISTANCE

interface UpOptions {
  port: number
  consolePort?: number
  /** What `--no-console` leaves out. */
  console: boolean
  data: string
  empty?: boolean
  defaults?: boolean
}

/** Ctrl-C, or whatever else ends a program in order; also that who reads what it prints has gone. */
function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort())
  for (const output of [process.stdout, process.stderr]) output.on('error', () => interrupted.abort())
  return interrupted.signal
}

const untilAborted = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : once(signal, 'abort')

async function up(options: UpOptions): Promise<void> {
  const { port, data, empty = false, defaults = false } = options
  const consolePort = options.console ? (options.consolePort ?? consolePortBeside(port)) : null
  const dataFolder = resolve(data)
  const signal = interruption()
  const screen = showStage(process.stdout)
  const onError = (error: unknown, where: string) =>
    screen.note(`${where}: ${error instanceof Error ? error.message : String(error)}`)
  rmSync(join(dataFolder, 'demo.json'), { force: true })
  const sweepIntervalMs = defaults ? SWEEP_MS : DEMO_SWEEP_MS
  const stage = await startStage({ port, consolePort, dataFolder, sweepIntervalMs, environment, onError })
  let demo: Demo | undefined
  try {
    if (!empty) {
      const parameters = defaults ? {} : DEMO_PARAMETERS
      const progress = (what: string) => screen.progress(what)
      demo = await startDemo({ stage, dataFolder, environment, parameters, progress, onError, signal })
    }
    screen.follow({ stage, dataFolder, ...(demo ? { demo } : {}) })
    await untilAborted(signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    screen.end('stopping')
    await demo?.close()
    await stage.close()
  }
}

/** Acts upon a demo node as its administrator would, also from another terminal. */
async function node(action: string, name: string, service: string | undefined, data: string): Promise<void> {
  const nodes = await openNodes(resolve(data), environment)
  const found = nodes.find(({ layout }) => layout.node === name)
  if (!found)
    throw new Error(`there is no demo node "${name}"; there are: ${nodes.map((each) => each.layout.node).join(', ')}`)
  const actions: Record<string, () => Promise<void> | void> = {
    'start-agent': () => found.startAgent(),
    'start-service': () => found.startService(service ?? ''),
    'power-off': () => found.powerOff(),
    shutdown: () => found.shutDown('shutdown'),
    reboot: async () => {
      await found.shutDown('reboot')
      await found.up()
    },
    'power-on': () => found.up(),
  }
  const act = actions[action]
  if (!act) throw new Error(`there is no "${action}"; there are: ${Object.keys(actions).join(', ')}`)
  await act()
}

/** For whoever has lost sight of what the stage printed. */
async function printConsole({ port }: { port: number }): Promise<void> {
  const stage = await findStage(port)
  if (!stage) throw new Error(`no stage runs on port ${port}: start it (npm start), or say which with --port`)
  if (!stage.console)
    throw new Error(`the stage on port ${port} runs without its console: start it without --no-console`)
  console.log(stage.console)
}

const program = new Command('understudy-stage').description('The whole of Understudy on this machine')
program
  .command('up', { isDefault: true })
  .description('brings the local stage up, with a demo cluster of two nodes')
  .option('--port <port>', 'where the API listens on 127.0.0.1', portNumber, DEFAULT_STAGE_PORT)
  .option(
    '--console-port <port>',
    'where the console listens on 127.0.0.1 (default: the next but one to --port)',
    portNumber,
  )
  .option('--no-console', 'without the console')
  .option('--data <folder>', 'where everything is kept', DEFAULT_DATA_FOLDER)
  .option('--defaults', "the field's own parameters instead of short ones")
  .option('--empty', 'without the demo cluster')
  .action(up)
program
  .command('node')
  .description('acts upon a demo node: start-agent, start-service, reboot, shutdown, power-off, power-on')
  .argument('<action>')
  .argument('<node>')
  .argument('[service]', 'for start-service')
  .option('--data <folder>', 'the data folder of the stage', DEFAULT_DATA_FOLDER)
  .action((action, name, service, { data }: { data: string }) => node(action, name, service, data))
program
  .command('console')
  .description('prints the address of the console of a running stage, with the token that signs in')
  .option('--port <port>', 'where the API of the stage listens', portNumber, DEFAULT_STAGE_PORT)
  .action(printConsole)

try {
  await program.parseAsync()
  process.exit(0)
} catch (error) {
  console.error(`understudy-stage: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
