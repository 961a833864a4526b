import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod/mini'

/** Where `npm start` puts the stage's API, on 127.0.0.1. */
export const DEFAULT_STAGE_PORT = 7780

const registrationSchema = z.object({
  endpoint: z.string(),
  dataFolder: z.string(),
  /** An AWS shared-credentials file; its profile `operator` may do everything. */
  credentialsFile: z.string(),
  pid: z.int(),
  /** Where its console is, with the token that signs in; null: it runs without. */
  console: z.nullish(z.string()),
})

/** What a running local stage tells the other programs of the same user. */
export type StageRegistration = z.infer<typeof registrationSchema>

const ownerId = (): number => process.getuid?.() ?? userInfo().uid

/** A folder of this user's alone: whoever could write there could name another file of credentials. */
export const stageFolder = (): string => join(tmpdir(), `understudy-${ownerId()}`)

const fileOf = (folder: string, port: number): string => join(folder, `stage-${port}.json`)

/** Says where the stage that listens on `port` can be found. Throws where the folder is not this user's alone. */
export async function registerStage(port: number, stage: StageRegistration, folder = stageFolder()): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await assertPrivate(folder)
  const file = fileOf(folder, port)
  const temporary = `${file}.${stage.pid}`
  await rm(temporary, { force: true })
  await writeFile(temporary, `${JSON.stringify(stage, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(temporary, file)
}

/**
 * The stage that is registered for `port`, or null. One that was killed is none: whoever listens there now has other
 * keys. Throws for a file that is not this user's own, or that holds something else.
 */
export async function findStage(port: number, folder = stageFolder()): Promise<StageRegistration | null> {
  const registered = await registeredAt(port, folder)
  return registered && isRunning(registered.pid) ? registered : null
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function registeredAt(port: number, folder: string): Promise<StageRegistration | null> {
  const file = fileOf(folder, port)
  try {
    await assertPrivate(folder)
    return parse(file, await readOwn(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Takes the registration of the stage with this process id away; another's stays. */
export async function unregisterStage(port: number, pid: number, folder = stageFolder()): Promise<void> {
  const registered = await registeredAt(port, folder)
  if (registered?.pid === pid) await rm(fileOf(folder, port), { force: true })
}

async function assertPrivate(folder: string): Promise<void> {
  const { uid, mode } = await lstat(folder).then((stats) => (stats.isDirectory() ? stats : { uid: -1, mode: 0 }))
  if (process.platform === 'win32') return
  if (uid !== ownerId() || (mode & 0o022) !== 0) {
    throw new Error(`${folder} must be a folder of your own that nobody else can write to: remove it or repair it`)
  }
}

/** Opened without following a link, and judged by the open file: nothing can be exchanged in between. */
async function readOwn(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const { uid } = await handle.stat()
    if (process.platform !== 'win32' && uid !== ownerId()) throw new Error(`${file} is not your own: remove it`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

function parse(file: string, text: string): StageRegistration {
  try {
    return registrationSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${file} does not say where a stage is: remove it and start the stage again`, { cause: error })
  }
}
