import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { environmentOf, loadEnvironment } from '../../infra/environments/environment.ts'
import { settings, synthesized } from './synthesized.ts'

const main = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))

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

/** Every name which a template gives to a thing in the account; references to such names are not text. */
function physicalNames(template: ReturnType<typeof synthesized>['stateful']): string[] {
  const naming = /^(Name|TableName|FunctionName|StateMachineName|LogGroupName|QueueName|ArchiveName|RoleName)$/
  return Object.values(template.toJSON().Resources as Record<string, { Properties?: Record<string, unknown> }>)
    .flatMap(({ Properties }) => Object.entries(Properties ?? {}))
    .filter(([property, name]) => naming.test(property) && typeof name === 'string')
    .map(([, name]) => String(name))
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
    expect(names.filter((name) => !name.includes('understudy-trial-'))).toEqual([])
  })
})

describe('the checks of cdk-nag', () => {
  it('stop the synthesis when something unsafe is added', () => {
    const { app } = synthesized('trial')
    new Queue(app.node.findChild('understudy-trial-stateless'), 'Unsafe')

    expect(() => app.synth({ force: true })).toThrow(/AwsSolutions-SQS4/)
  })
})
