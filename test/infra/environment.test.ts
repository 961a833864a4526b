import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Template } from 'aws-cdk-lib/assertions'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { environmentOf, knownEnvironments, loadEnvironment } from '../../infra/environments/environment.ts'
import { settings, synthesized, synthesizedTogether } from './synthesized.ts'

const main = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))

interface Resource {
  Type: string
  Properties?: Record<string, unknown>
}

/** Runs the app as the CDK command line does with `-c env=<name>`. */
async function runApp(name: string): Promise<{ code: number; complaint: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'understudy-infra-'))
  const env = { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify({ env: name }) }
  try {
    return await new Promise((resolve) =>
      execFile(process.execPath, [main], { env }, (error, _output, complaint) =>
        resolve({ code: error ? Number(error.code) : 0, complaint }),
      ),
    )
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The properties that name a thing in the account, in each type of which there may be one of a name only. */
const naming =
  /^(Name|(Table|Function|StateMachine|LogGroup|Queue|Archive|Role|Topic|Alarm|Dashboard|ManagedPolicy|Policy|Alias)Name)$/

/** Every name which a template gives to a thing in the account; references to such names are not text. */
function physicalNames(template: ReturnType<typeof synthesized>['stateful']): string[] {
  return Object.values(template.toJSON().Resources as Record<string, Resource>)
    .filter(({ Type }) => Type !== 'AWS::IAM::Policy')
    .flatMap(({ Type, Properties }) => Object.entries(Properties ?? {}).map((entry) => [Type, ...entry] as const))
    .filter(([, property, name]) => naming.test(property) && typeof name === 'string')
    .map(([type, , name]) => `${type} ${name}`)
}

describe('an environment', () => {
  it('that is unknown stops the app with one line, which names it and those that are known', async () => {
    const { code, complaint } = await runApp('nowhere')

    expect(code).toBe(1)
    expect(complaint).toMatch(
      /^Unknown environment "nowhere": there is no infra\/environments\/nowhere\.ts\. Known: .*\bdev\b.*\.\n$/,
    )
  })

  it('for development fits, and needs no account', async () => {
    const dev = await loadEnvironment('dev')

    expect(dev).toMatchObject({ name: 'dev', deletionProtection: false })
    expect(dev.target).toBeUndefined()
  })

  it.each([
    ['a missing value', { logRetentionDays: undefined }, /^infra\/environments\/trial\.ts: logRetentionDays: /],
    [
      'a retention that is not offered',
      { logRetentionDays: 42 },
      /logRetentionDays: must be a retention that CloudWatch/,
    ],
    [
      'a wrong number inside',
      { throttling: { ...settings.throttling, heartbeats: { requestsPerSecond: 0, burstRequests: 1 } } },
      /throttling\.heartbeats\.requestsPerSecond: /,
    ],
    ['no thresholds', { alarms: undefined }, /alarms: /],
    [
      'a missing threshold',
      { alarms: { ...settings.alarms, outboxAgeSeconds: undefined } },
      /alarms\.outboxAgeSeconds: /,
    ],
    ['a rate above all', { alarms: { ...settings.alarms, errorPercent: 101 } }, /alarms\.errorPercent: /],
    ['nobody said to be told', { alerts: undefined }, /alerts: /],
    [
      'a target without an address',
      { alerts: { targets: [{ protocol: 'email', endpoint: 'on-call' }] } },
      /alerts\.targets\.0\.endpoint: must be an address/,
    ],
    [
      'a target on an open road',
      { alerts: { targets: [{ protocol: 'https', endpoint: 'http://pager.example.com' }] } },
      /alerts\.targets\.0\.endpoint: must be a URL with https/,
    ],
    [
      'a target of an unknown kind',
      { alerts: { targets: [{ protocol: 'fax', endpoint: '+4915112345678' }] } },
      /alerts\.targets\.0\.protocol: /,
    ],
    [
      'an unknown severity',
      { alerts: { targets: [{ protocol: 'sms', endpoint: '+4915112345678', severity: 'urgent' }] } },
      /alerts\.targets\.0\.severity: /,
    ],
    [
      'a target named twice',
      { alerts: { targets: Array(2).fill({ protocol: 'email', endpoint: 'team@example.com' }) } },
      /alerts\.targets: names a target twice/,
    ],
    ['a reservation for an unknown function', { reservedConcurrency: { query: 5 } }, /reservedConcurrency.*query/],
    ['a reservation of nothing', { reservedConcurrency: { sweeper: 0 } }, /reservedConcurrency\.sweeper: /],
    [
      'a prefix that Cognito refuses',
      { console: { signInDomainPrefix: 'our-aws' } },
      /console\.signInDomainPrefix: must not/,
    ],
    ['no prefix at all', { console: { signInDomainPrefix: '-' } }, /console\.signInDomainPrefix: must be at most 63/],
    ['a second factor left open', { console: { secondFactor: 'off' } }, /console\.secondFactor: /],
    [
      'a domain without a certificate',
      { console: { domain: { name: 'console.example.com' } } },
      /console\.domain\.certificateArn: /,
    ],
    [
      'a certificate where CloudFront does not look',
      {
        console: {
          domain: {
            name: 'console.example.com',
            certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/1',
          },
        },
      },
      /console\.domain\.certificateArn: must be the ARN of a certificate of ACM in us-east-1/,
    ],
    ['a misspelt name', { logRetentionDay: 90 }, /"logRetentionDay"/],
    [
      'half an account',
      { target: { account: '1234', region: 'eu-central-1' } },
      /target\.account: must be an account id of 12 digits/,
    ],
  ])('with %s is refused in one line that names it', (_what, wrong, complaint) => {
    const refused = () => environmentOf('trial', { ...settings, ...wrong })

    expect(refused).toThrow(complaint)
    expect(refused).toThrow(/^[^\n]*$/)
  })

  it('with a target is deployed there', () => {
    const target = { account: '111122223333', region: 'eu-central-1' }
    const { app } = synthesized('trial', { ...settings, target })

    expect(app.synth().stacks.map((stack) => stack.environment)).toEqual([
      expect.objectContaining(target),
      expect.objectContaining(target),
    ])
  })

  it('shares an account with others, as all its names carry its own', () => {
    const { stateful, stateless } = synthesized('trial')
    const names = [...physicalNames(stateful), ...physicalNames(stateless)]

    expect(names.length).toBeGreaterThan(25)
    expect(names.filter((name) => !/understudy-trial(-|$)/.test(name))).toEqual([])
  })

  it('shares an account with another whose name begins with its own: no name stands there twice', () => {
    const names = synthesizedTogether('trial', 'trial-two').flatMap(({ stateful, stateless }) => [
      ...physicalNames(stateful),
      ...physicalNames(stateless),
    ])

    expect(names.length).toBeGreaterThan(150)
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
  })

  it('whose name would not fit into the names of its things is refused', () => {
    expect(() => environmentOf('Production', settings)).toThrow(
      /^infra\/environments\/Production\.ts: its name must be/,
    )
    expect(() => environmentOf('a-name-that-is-far-too-long', settings)).toThrow(/its name must be at most 20/)
  })
})

describe('each environment of the project', () => {
  it.each(knownEnvironments())('%s fits', async (name) => {
    const environment = await loadEnvironment(name)

    expect(environment.name).toBe(name)
  })

  it('has dev, staging and prod among them', () => {
    expect(knownEnvironments()).toEqual(expect.arrayContaining(['dev', 'staging', 'prod']))
  })

  it('has a console, but for the emulator, which knows no CloudFront', async () => {
    const environments = await Promise.all(knownEnvironments().map(loadEnvironment))

    expect(environments.filter(({ console }) => !console).map(({ name }) => name)).toEqual(['emulator'])
  })

  it('leaves AWS the 100 executions that it wants unreserved, where an account has the usual 1,000', async () => {
    for (const name of knownEnvironments()) {
      const { reservedConcurrency = {} } = await loadEnvironment(name)
      const reserved = Object.values(reservedConcurrency).reduce((sum, each) => sum + each, 0)
      expect({ name, fits: reserved <= 900 }).toEqual({ name, fits: true })
    }
  })
})

describe('prod', () => {
  it('protects its data, its logs and its stacks, and tells on-call', async () => {
    const { name: _, ...prod } = await loadEnvironment('prod')
    const { app, stateful, stateless, console } = synthesized('prod', prod)

    stateful.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      },
    })
    stateless.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' })
    stateful.allResources('AWS::KMS::Key', { DeletionPolicy: 'Retain' })
    console?.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE', MfaConfiguration: 'ON' },
    })
    expect(app.synth().stacks.map(({ terminationProtection }) => terminationProtection)).toEqual([true, true, true])
    expect(prod.alerts.targets.some(({ severity }) => severity !== 'notice')).toBe(true)
  })
})

describe('dev', () => {
  it('can be thrown away as a whole', async () => {
    const { name: _, ...dev } = await loadEnvironment('dev')
    const { app, stateful, stateless, console } = synthesized('dev', dev)

    for (const template of [stateful, stateless, console as Template]) {
      const kept = Object.values(template.toJSON().Resources as Record<string, { DeletionPolicy?: string }>)
      expect(kept.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'))).toEqual([])
    }
    expect(app.synth().stacks.map(({ terminationProtection }) => terminationProtection)).toEqual([false, false, false])
  })
})

describe('the checks of cdk-nag', () => {
  it('stop the synthesis when something unsafe is added', () => {
    const { app } = synthesized('trial')
    new Queue(app.node.findChild('understudy-trial-stateless'), 'Unsafe')

    expect(() => app.synth({ force: true })).toThrow(/AwsSolutions-SQS4/)
  })
})
