import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findStage, registerStage, unregisterStage } from '../../../apps/client/stage.ts'

const stage = {
  endpoint: 'http://127.0.0.1:7780',
  dataFolder: '/data',
  credentialsFile: '/data/credentials',
  pid: process.pid,
  console: 'http://127.0.0.1:7782/#token=abc',
}
/** No process has a greater id (proc(5), pid_max). */
const MOST_PROCESSES = 2 ** 22
const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)

let parent: string
let folder: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'understudy-test-'))
  folder = join(parent, 'stages')
})
afterEach(() => rm(parent, { recursive: true }))

describe('a running stage', () => {
  it('is found by its port, in a file and a folder for its user alone', async () => {
    await registerStage(7780, stage, folder)

    expect(await findStage(7780, folder)).toEqual(stage)
    expect(await findStage(7781, folder)).toBeNull()
    expect([await mode(folder), await mode(join(folder, 'stage-7780.json'))]).toEqual(['700', '600'])
  })

  it('takes the place of one that was killed, and is removed by nobody but itself', async () => {
    await registerStage(7780, stage, folder)
    await registerStage(7780, { ...stage, pid: process.ppid }, folder)

    await unregisterStage(7780, process.pid, folder)
    expect(await findStage(7780, folder)).toMatchObject({ pid: process.ppid })
    await unregisterStage(7780, process.ppid, folder)
    expect(await findStage(7780, folder)).toBeNull()
  })

  it('is not there any more when it was killed', async () => {
    await registerStage(7780, { ...stage, pid: MOST_PROCESSES + 1 }, folder)

    expect(await findStage(7780, folder)).toBeNull()
  })

  it('is not there when nothing was ever registered', async () => {
    expect(await findStage(7780, folder)).toBeNull()
    await unregisterStage(7780, process.pid, folder)
  })
})

describe('what is not the own stage', () => {
  it('is refused: a folder that others may write to', async () => {
    await mkdir(folder)
    await chmod(folder, 0o777)

    await expect(registerStage(7780, stage, folder)).rejects.toThrow('must be a folder of your own')
    await expect(findStage(7780, folder)).rejects.toThrow('must be a folder of your own')
  })

  it('is refused: a link in the place of the folder, or of the file', async () => {
    await registerStage(7780, stage, folder)
    await symlink(folder, join(parent, 'linked'))
    await symlink(join(folder, 'stage-7780.json'), join(folder, 'stage-7781.json'))

    await expect(findStage(7780, join(parent, 'linked'))).rejects.toThrow('must be a folder of your own')
    await expect(findStage(7781, folder)).rejects.toThrow('ELOOP')
  })

  it('is refused: a file that holds something else', async () => {
    await registerStage(7780, stage, folder)
    await writeFile(join(folder, 'stage-7780.json'), '{"endpoint":')

    await expect(findStage(7780, folder)).rejects.toThrow('does not say where a stage is: remove it')
  })
})
