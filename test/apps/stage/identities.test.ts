import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromIni } from '@aws-sdk/credential-providers'
import { openIdentities } from '../../../apps/stage/identities.ts'

let dataFolder: string

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'understudy-identities-'))
})

afterEach(() => rm(dataFolder, { recursive: true, force: true }))

describe('the identities of a stage', () => {
  it('are an operator and a viewer at the first start, whom the SDK finds as profiles', async () => {
    const identities = await openIdentities(join(dataFolder, 'new'))

    expect(identities.list().map(({ name, role }) => [name, role])).toEqual([
      ['operator', 'operator'],
      ['viewer', 'viewer'],
    ])
    for (const { name, accessKeyId, secretAccessKey } of identities.list()) {
      const provider = fromIni({ profile: name, filepath: identities.credentialsFile, ignoreCache: true })
      expect(await provider()).toMatchObject({ accessKeyId, secretAccessKey })
    }
  })

  it('have secrets of their own, in files that only their owner reads', async () => {
    const { credentialsFile, list } = await openIdentities(dataFolder)

    expect(new Set(list().map(({ secretAccessKey }) => secretAccessKey)).size).toBe(2)
    for (const file of [credentialsFile, join(dataFolder, 'identities.json')]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    }
  })

  it('stay the same when the stage starts again, also when the credentials file was lost', async () => {
    const before = await openIdentities(dataFolder)
    const agent = await before.addAgent('node-a')
    await rm(before.credentialsFile)

    const after = await openIdentities(dataFolder)

    expect(after.list()).toEqual(before.list())
    expect(await readFile(after.credentialsFile, 'utf8')).toContain(agent.accessKeyId)
  })

  it('give an agent its identity once, however often it is asked for', async () => {
    const identities = await openIdentities(dataFolder)

    const [first, second, other] = await Promise.all(['a', 'a', 'b'].map((name) => identities.addAgent(name)))

    expect(first).toEqual(second)
    expect(first).toMatchObject({ role: 'agent', userArn: 'arn:aws:iam::000000000000:user/a' })
    expect(other?.accessKeyId).not.toBe(first?.accessKeyId)
    expect(identities.find(first?.accessKeyId ?? '')).toEqual(first)
    expect(identities.find('AKIAUNKNOWN')).toBeUndefined()
    const provider = fromIni({ profile: 'b', filepath: identities.credentialsFile, ignoreCache: true })
    expect((await provider()).accessKeyId).toBe(other?.accessKeyId)
  })

  it('refuse a name that would break the files, or that is taken by another role', async () => {
    const identities = await openIdentities(dataFolder)

    await expect(identities.addAgent('a]\n[operator')).rejects.toThrow('cannot name an identity')
    await expect(identities.addAgent('operator')).rejects.toThrow("The identity operator is the operator's")
  })

  it('say what to do when their file holds something else', async () => {
    await writeFile(join(dataFolder, 'identities.json'), '{}')

    await expect(openIdentities(dataFolder)).rejects.toThrow('identities.json holds no identities: delete it')
  })
})
