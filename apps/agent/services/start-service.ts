import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { boottime } from '../boottime.ts'
import { withLock } from '../lock.ts'
import { identify, isAlive, type ProcessIdentity } from './process.ts'
import { type ProcessRecord, readProcessRecord, serviceFiles, writeProcessRecord } from './process-record.ts'

/** A service that is a process of the agent's own. */
export interface ProcessService {
  name: string
  /** Program and arguments; no shell. */
  command: string[]
  /** Added to the environment it is given. */
  env?: Record<string, string> | undefined
}

export type Environment = Record<string, string | undefined>

export interface StartOptions {
  /** What the process inherits: nothing of the caller's own environment gets in by itself. */
  environment: Environment
  /** For who brings a node up: leaves a service alone that was stopped on request. */
  unlessStoppedOnRequest?: boolean
}

export type StartResult =
  | { started: true; process: ProcessIdentity; child: ChildProcess }
  | { started: false; why: 'runs already'; process: ProcessIdentity }
  | { started: false; why: 'stopped on request' }

/**
 * Starts a service unless its process lives: what the agent does on command, and what an administrator does from any
 * other process. The agent notices and adopts it. It leads a process group of its own, outlives its starter, and
 * writes to a log in the node's folder. Does not wait until it answers. Throws if the command cannot be started.
 */
export async function startService(
  nodeFolder: string,
  service: ProcessService,
  { environment, unlessStoppedOnRequest = false }: StartOptions,
): Promise<StartResult> {
  const start = startOnce(nodeFolder, service, environment, unlessStoppedOnRequest)
  underWay.add(start)
  try {
    return await start
  } finally {
    underWay.delete(start)
  }
}

const underWay = new Set<Promise<unknown>>()

/** When every start that this process is at has been recorded: who ends before that leaves a process that nobody knows. */
export const startsRecorded = (): Promise<unknown> => Promise.allSettled(underWay)

async function startOnce(
  nodeFolder: string,
  service: ProcessService,
  environment: Environment,
  unlessStoppedOnRequest: boolean,
): Promise<StartResult> {
  const files = serviceFiles(nodeFolder, service.name)
  await mkdir(path.dirname(files.record), { recursive: true })
  return withLock(files.lock, async () => {
    const record = readProcessRecord(nodeFolder, service.name)
    if (unlessStoppedOnRequest && record?.stoppedOnRequest) return { started: false, why: 'stopped on request' }
    if (record?.process && isAlive(record.process)) {
      if (record.stoppedOnRequest) throw new Error(`"${service.name}" is being stopped: start it when it is gone`)
      return { started: false, why: 'runs already', process: record.process }
    }
    const child = await launch(service, files.log, environment)
    const started = identify(child.pid as number) ?? { pid: child.pid as number, startedAt: 'ended at once' }
    await writeProcessRecord(nodeFolder, newRecord(service.name, started))
    return { started: true, process: started, child }
  })
}

const newRecord = (name: string, started: ProcessIdentity): ProcessRecord => ({
  name,
  process: started,
  startedAtMs: boottime(),
  stoppedOnRequest: false,
  enableAgain: false,
})

async function launch(service: ProcessService, logFile: string, environment: Environment): Promise<ChildProcess> {
  const [program, ...args] = service.command
  if (program === undefined) throw new Error(`"${service.name}" has an empty command: give the program to run`)
  const log = await open(logFile, 'a', 0o600)
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...environment, ...service.env },
    })
    await once(child, 'spawn')
    child.unref()
    return child
  } catch (error) {
    throw new Error(`"${service.name}" cannot be started: ${(error as Error).message}`, { cause: error })
  } finally {
    await log.close()
  }
}
