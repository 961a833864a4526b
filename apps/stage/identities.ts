import { randomBytes, randomInt } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeFileAtomically } from '../agent/atomic-file.ts'

const identitySchema = z.object({
  name: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  userArn: z.string(),
  role: z.enum(['operator', 'viewer', 'agent']),
})

/** Who may call the stage's API: what an IAM user with an access key is on AWS. */
export type Identity = z.infer<typeof identitySchema>
export type Role = Identity['role']

export type Identities = {
  /** An AWS shared-credentials file with one profile for each identity, named as the identity. */
  credentialsFile: string
  list(): Identity[]
  find(accessKeyId: string): Identity | undefined
  /** The agent's identity of that name, made when it is not there yet. Rejects for a name that another role has. */
  addAgent(name: string): Promise<Identity>
}

/** What is safe as a profile's name in an INI file, and a user's name in an ARN. */
const namePattern = /^[\w+=,.@-]{1,64}$/

/**
 * Opens the identities of a data folder: `operator`, `viewer` and the agents added so far, each with a random secret of
 * its own. `identities.json` holds them; `credentials`, for the AWS SDKs and the AWS CLI, is written from it. Both are
 * readable by their owner only. The first opening makes them.
 */
export async function openIdentities(dataFolder: string): Promise<Identities> {
  const file = join(dataFolder, 'identities.json')
  const credentialsFile = join(dataFolder, 'credentials')
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const identities = (await read(file)) ?? [create('operator', 'operator'), create('viewer', 'viewer')]
  let saved = Promise.resolve()
  const save = () => {
    saved = saved.then(async () => {
      await writeFileAtomically(file, `${JSON.stringify(identities, null, 2)}\n`)
      await writeFileAtomically(credentialsFile, identities.map(profileOf).join('\n'))
    })
    return saved
  }
  await save()

  return {
    credentialsFile,
    list: () => [...identities],
    find: (accessKeyId) => identities.find((identity) => identity.accessKeyId === accessKeyId),
    async addAgent(name) {
      const existing = identities.find((identity) => identity.name === name)
      if (existing && existing.role !== 'agent') {
        throw new Error(`The identity ${name} is the ${existing.role}'s: choose another name for the agent.`)
      }
      if (existing) {
        await saved
        return existing
      }
      const agent = create(name, 'agent')
      identities.push(agent)
      await save()
      return agent
    },
  }
}

function create(name: string, role: Role): Identity {
  if (!namePattern.test(name)) throw new Error(`"${name}" cannot name an identity: 1 to 64 letters, digits, _+=,.@-`)
  return {
    name,
    accessKeyId: randomAccessKeyId(),
    secretAccessKey: randomBytes(30).toString('base64'),
    userArn: `arn:aws:iam::000000000000:user/${name}`,
    role,
  }
}

function randomAccessKeyId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return `AKIA${Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('')}`
}

function profileOf({ name, accessKeyId, secretAccessKey }: Identity): string {
  return `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
}

async function read(file: string): Promise<Identity[] | undefined> {
  try {
    return z.array(identitySchema).parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${file} holds no identities: delete it, and new ones are made.`, { cause: error })
  }
}
