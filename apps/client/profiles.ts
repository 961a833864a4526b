import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { ConfigurationError } from './configuration-error.ts'

const profileSchema = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/, error: 'must be a URL with http or https' }),
  region: z.string().optional(),
  /** A profile of the AWS SDK's configuration, whose credentials sign. */
  awsProfile: z.string().optional(),
  /** Stands in for `--cluster`. */
  cluster: z.string().optional(),
})

/** A deployment of Understudy, under a name of the user's own. */
export type Profile = z.infer<typeof profileSchema>

export const DEFAULT_PROFILES_FILE = join(homedir(), '.config', 'understudy', 'config.yaml')

/** The names of all profiles. */
export const profileNames = async (file = DEFAULT_PROFILES_FILE): Promise<string[]> => Object.keys(await readAll(file))

/** Reads one profile of a YAML file that maps names to profiles; throws ConfigurationError. */
export async function readProfile(file: string, name: string): Promise<Profile> {
  const profiles = await readAll(file)
  const entry = profiles[name]
  if (entry === undefined) {
    const names = Object.keys(profiles).join(', ') || 'none'
    throw new ConfigurationError(`${file} has no profile "${name}"; it has: ${names}`)
  }
  const parsed = profileSchema.safeParse(entry)
  if (parsed.success) return parsed.data
  throw new ConfigurationError(`${file}: profile "${name}": ${wrong(parsed.error)}`)
}

async function readAll(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new ConfigurationError(`profiles stand in ${file}: ${why}`)
  })
  try {
    return z.record(z.string(), z.unknown()).parse(parse(text) ?? {})
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it must map names to profiles' : (error as Error).message.trim()
    throw new ConfigurationError(`${file} cannot be read: ${why}`)
  }
}

const wrong = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'entry'}: ${message}`).join('; ')
