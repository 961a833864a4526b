import { readFile } from 'node:fs/promises'
import { ConfigurationError } from './configuration-error.ts'
import { isLoopback, UnreachableError } from './problem.ts'
import type { Profile } from './profiles.ts'
import type { ClientOptions, Credentials } from './signed-client.ts'
import { DEFAULT_STAGE_PORT, findStage, type StageRegistration } from './stage.ts'

/** What the user said on the command line, or in the environment. */
export interface ConnectionChoice {
  endpoint?: string | undefined
  profile?: string | undefined
  awsProfile?: string | undefined
  cluster?: string | undefined
}

export interface ConnectionSources {
  /** Options of the command line. */
  options: ConnectionChoice
  /** UNDERSTUDY_ENDPOINT, UNDERSTUDY_PROFILE, AWS_PROFILE and AWS_REGION. */
  environment: Omit<ConnectionChoice, 'cluster'> & { region?: string | undefined }
  /** Where profiles stand: the user's own file, where left out. */
  profilesFile?: string
  /** Where stages are registered: the user's own folder, where left out. */
  stages?: string
}

export interface Connection extends ClientOptions {
  /** From `--cluster` or the profile; undefined: whichever there is. */
  cluster: string | undefined
}

const DEFAULT_ENDPOINT = `http://127.0.0.1:${DEFAULT_STAGE_PORT}`

/**
 * Where to go, and as whom. The endpoint is the one that is named (`--endpoint`, UNDERSTUDY_ENDPOINT), else the
 * profile's, else the local stage's. A local stage is addressed as its operator; every other endpoint with what the
 * AWS SDK finds. Throws ConfigurationError, or UnreachableError where nothing was named and no stage runs.
 */
export async function resolveConnection(sources: ConnectionSources): Promise<Connection> {
  const { options, environment } = sources
  const { endpoint, profile, isDefault } = await resolveEndpoint(sources)
  const stage = isLoopback(endpoint.hostname) ? await findStage(Number(endpoint.port || 80), sources.stages) : null
  if (!stage && isDefault) throw noStage(endpoint)
  const awsProfile = options.awsProfile ?? profile?.awsProfile
  return {
    endpoint: endpoint.href.replace(/\/$/, ''),
    region: profile?.region ?? regionOf(endpoint.hostname) ?? environment.region ?? 'us-east-1',
    credentials: stage
      ? await stageCredentials(stage, awsProfile, environment.awsProfile)
      : await chain(awsProfile ?? environment.awsProfile, endpoint),
    cluster: options.cluster ?? profile?.cluster,
  }
}

const noStage = (endpoint: URL): UnreachableError =>
  new UnreachableError(
    `cannot reach ${endpoint.origin}: no stage is registered there, is the stage running? (npm start)`,
    true,
  )

interface ChosenEndpoint {
  endpoint: URL
  profile: Profile | null
  /** Nothing was named. */
  isDefault: boolean
}

/** A profile that is asked for beside another endpoint is refused: the wrong deployment is the worst to fail over. */
async function resolveEndpoint(sources: ConnectionSources): Promise<ChosenEndpoint> {
  const { options, environment, profilesFile } = sources
  const [name, value] = options.endpoint
    ? ['--endpoint', options.endpoint]
    : ['UNDERSTUDY_ENDPOINT', environment.endpoint]
  if (value && options.profile) {
    throw new ConfigurationError(`${name} and --profile both name an endpoint: leave one of them out`)
  }
  if (value) return { endpoint: parseEndpoint(name, value), profile: null, isDefault: false }
  const profileName = options.profile ?? environment.profile
  if (!profileName) return { endpoint: new URL(DEFAULT_ENDPOINT), profile: null, isDefault: true }
  const { DEFAULT_PROFILES_FILE, readProfile } = await import('./profiles.ts')
  const profile = await readProfile(profilesFile ?? DEFAULT_PROFILES_FILE, profileName)
  return { endpoint: new URL(profile.endpoint), profile, isDefault: false }
}

function parseEndpoint(name: string, value: string): URL {
  const url = URL.parse(value)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new ConfigurationError(`${name} must be a URL such as ${DEFAULT_ENDPOINT}, and is "${value}"`)
}

/** `abc123.execute-api.eu-west-1.amazonaws.com` says where it stands. */
const regionOf = (hostname: string): string | undefined =>
  /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(hostname)?.[1]

/**
 * A stage knows the identities of its own file. AWS_PROFILE may be set for other work: it counts only if the stage has
 * such an identity. One that was asked for by name is looked for everywhere.
 */
async function stageCredentials(stage: StageRegistration, asked?: string, ambient?: string): Promise<Credentials> {
  const text = await readFile(stage.credentialsFile, 'utf8').catch(() => '')
  const has = (name: string | undefined): name is string => name !== undefined && text.includes(`[${name}]`)
  if (asked && !has(asked)) return chain(asked, new URL(stage.endpoint))
  const profile = asked ?? (has(ambient) ? ambient : 'operator')
  const { fromIni } = await import('@aws-sdk/credential-providers')
  return fromIni({ profile, filepath: stage.credentialsFile, configFilepath: stage.credentialsFile })
}

/** What the AWS SDK finds: environment, profiles, the instance's role. On loopback, nothing found means no stage. */
async function chain(profile: string | undefined, endpoint: URL): Promise<Credentials> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
  const provider = fromNodeProviderChain(profile ? { profile } : {})
  return () =>
    provider().catch((cause: Error) => {
      if (!profile && isLoopback(endpoint.hostname)) throw noStage(endpoint)
      const whose = profile ? `the AWS profile "${profile}" gives none` : 'the AWS SDK finds none'
      throw new Error(`no credentials for ${endpoint.origin}: ${whose}: ${cause.message}\n${remedy(profile, cause)}`, {
        cause,
      })
    })
}

/** What to type next. */
function remedy(profile: string | undefined, { message }: Error): string {
  const of = profile ? ` --profile ${profile}` : ''
  if (/\bsso\b/i.test(message)) return `log in anew: aws sso login${of}`
  return `see what the AWS CLI says: aws sts get-caller-identity${of}${profile ? '' : '; or name a profile with --aws-profile'}`
}
