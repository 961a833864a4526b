import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionSources, resolveConnection } from '../../../apps/client/connection.ts'
import { registerStage } from '../../../apps/client/stage.ts'

const PORT = 7790

let folder: string
let profilesFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-test-'))
  profilesFile = join(folder, 'config.yaml')
})
afterEach(() => rm(folder, { recursive: true }))

const resolve = (options: ConnectionSources['options'], environment: ConnectionSources['environment'] = {}) =>
  resolveConnection({ options, environment, profilesFile, stages: join(folder, 'stages') })

describe('the endpoint', () => {
  const profiles = `
prod:
  endpoint: https://abc.execute-api.eu-central-1.amazonaws.com/prod
  cluster: berlin
vpce: { endpoint: 'https://abc.execute-api.eu-central-1.amazonaws.com', region: eu-west-3 }
custom: { endpoint: 'https://understudy.example.org', region: ap-south-1 }
bad: { endpoint: understudy.example.org, acount: 1 }
`
  beforeEach(() => writeFile(profilesFile, profiles))

  it('is that of the command line before that of the environment, and the profile stands back', async () => {
    const environment = { endpoint: 'https://two.example.org', profile: 'prod' }

    expect(await resolve({ endpoint: 'https://one.example.org' }, environment)).toMatchObject({
      endpoint: 'https://one.example.org',
      cluster: undefined,
    })
    expect(await resolve({}, environment)).toMatchObject({ endpoint: 'https://two.example.org', cluster: undefined })
    expect(await resolve({}, { profile: 'prod' })).toMatchObject({ cluster: 'berlin' })
    expect(await resolve({ profile: 'custom' }, { profile: 'prod' })).toMatchObject({
      endpoint: 'https://understudy.example.org',
    })
  })

  it('is never a guess between two', async () => {
    await expect(resolve({ profile: 'prod', endpoint: 'https://one.example.org' })).rejects.toThrow(
      '--endpoint and --profile both name an endpoint',
    )
    await expect(resolve({ profile: 'prod' }, { endpoint: 'https://two.example.org' })).rejects.toThrow(
      'UNDERSTUDY_ENDPOINT and --profile both name an endpoint',
    )
  })

  it('tells its region by its name, unless the profile says it or only AWS_REGION does', async () => {
    expect(await resolve({ profile: 'prod' }, { region: 'us-west-2' })).toMatchObject({ region: 'eu-central-1' })
    expect(await resolve({ profile: 'vpce' }, { region: 'us-west-2' })).toMatchObject({ region: 'eu-west-3' })
    expect(await resolve({ profile: 'custom' }, { region: 'us-west-2' })).toMatchObject({ region: 'ap-south-1' })
    expect(await resolve({ endpoint: 'https://a.example.org' }, { region: 'us-west-2' })).toMatchObject({
      region: 'us-west-2',
    })
    expect(await resolve({ endpoint: 'https://a.example.org' })).toMatchObject({ region: 'us-east-1' })
  })

  it.each([
    [{ profile: 'test' }, 'has no profile "test"; it has: prod, vpce, custom, bad'],
    [
      { profile: 'bad' },
      'profile "bad": endpoint: must be a URL with http or https; entry: Unrecognized key: "acount"',
    ],
    [{ endpoint: 'localhost:7780' }, '--endpoint must be a URL such as http://127.0.0.1:7780, and is "localhost:7780"'],
  ])('says what is wrong with %j', async (options, message) => {
    await expect(resolve(options)).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining(message),
    })
  })

  it('says what is wrong with the file', async () => {
    await writeFile(profilesFile, '- prod')
    await expect(resolve({ profile: 'prod' })).rejects.toThrow('it must map names to profiles')
    await writeFile(profilesFile, 'prod: {')
    await expect(resolve({ profile: 'prod' })).rejects.toThrow('cannot be read')
    await rm(profilesFile)
    await expect(resolve({ profile: 'prod' })).rejects.toThrow('there is no such file')
  })
})

describe('without a stage', () => {
  it('says at once how to start one', async () => {
    await expect(resolve({})).rejects.toMatchObject({
      name: 'UnreachableError',
      message: 'cannot reach http://127.0.0.1:7780: no stage is registered there, is the stage running? (npm start)',
    })
  })
})

describe('the credentials for a local stage', () => {
  const endpoint = `http://localhost:${PORT}`
  const keyOf = async (options: object, environment: object = {}) => {
    const { credentials } = await resolve({ endpoint, ...options }, environment)
    return (credentials as () => Promise<{ accessKeyId: string }>)().then(
      ({ accessKeyId }) => accessKeyId,
      (error: Error) => error.message,
    )
  }
  beforeEach(async () => {
    const credentialsFile = join(folder, 'credentials')
    const profile = (name: string) => `[${name}]\naws_access_key_id = ${name}-key\naws_secret_access_key = secret\n`
    await writeFile(credentialsFile, ['operator', 'viewer'].map(profile).join('\n'))
    await registerStage(
      PORT,
      { endpoint, dataFolder: folder, credentialsFile, pid: process.pid },
      join(folder, 'stages'),
    )
  })

  it("are its operator's, unless another of its identities is named", async () => {
    expect(await keyOf({})).toBe('operator-key')
    expect(await keyOf({ awsProfile: 'viewer' })).toBe('viewer-key')
    expect(await keyOf({}, { awsProfile: 'viewer' })).toBe('viewer-key')
  })

  it('are not those of an AWS_PROFILE that is meant for other work', async () => {
    expect(await keyOf({}, { awsProfile: 'my-company-admin' })).toBe('operator-key')
  })

  it('are looked for elsewhere where a profile is asked for that the stage does not know', async () => {
    expect(await keyOf({ awsProfile: 'my-company-admin' })).toContain('my-company-admin')
  })
})

describe('the credentials for a deployment', () => {
  const CONFIG = `[profile process]
credential_process = echo '{"Version": 1, "AccessKeyId": "process-key", "SecretAccessKey": "secret"}'
[profile expired]
sso_session = corporation
sso_account_id = 111122223333
sso_role_name = Operator
[sso-session corporation]
sso_region = eu-west-1
sso_start_url = https://corporation.example.org/start
`
  const saved = { ...process.env }
  beforeEach(async () => {
    const config = join(folder, 'aws-config')
    await writeFile(config, CONFIG)
    await writeFile(profilesFile, 'prod: { endpoint: https://understudy.example.org, awsProfile: expired }\n')
    process.env.AWS_CONFIG_FILE = config
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'none')
    process.env.AWS_EC2_METADATA_DISABLED = 'true'
  })
  afterEach(() => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_EC2_METADATA_DISABLED']) {
      if (saved[name] === undefined) delete process.env[name]
      else process.env[name] = saved[name]
    }
  })
  const found = async (options: ConnectionSources['options']) => {
    const { credentials } = await resolve(options)
    return (credentials as () => Promise<{ accessKeyId: string }>)()
  }

  it('come from the AWS profile that the profile names, unless another is asked for', async () => {
    expect(await found({ profile: 'prod', awsProfile: 'process' })).toMatchObject({ accessKeyId: 'process-key' })
  })

  it('that have run out, or are nowhere, say what to type next', async () => {
    await expect(found({ profile: 'prod' })).rejects.toThrow(/log in anew: aws sso login --profile expired$/)
    await expect(found({ profile: 'prod', awsProfile: 'unheard' })).rejects.toThrow(
      /the AWS profile "unheard" gives none.*\nsee what the AWS CLI says: aws sts get-caller-identity --profile unheard$/,
    )
  })
})
