import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { addChecks, addStacks } from '../../infra/app.ts'
import { type EnvironmentSettings, environmentOf } from '../../infra/environments/environment.ts'

const file = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))

export const tableShapes: Record<
  string,
  {
    partitionKey: string
    sortKey?: string
    timeToLive?: string
    indexes?: Record<string, { partitionKey: string; sortKey?: string }>
  }
> = file('functions/adapters/tables.json')

export const routes: { method: string; path: string; function: string; callers: string[] }[] =
  file('domain/routes.json')

/** Settings that fit, with numbers that no default could be mistaken for. */
export const settings: EnvironmentSettings = {
  deletionProtection: true,
  tableRecoveryDays: 17,
  historyDays: 123,
  eventArchiveDays: 23,
  logRetentionDays: 90,
  throttling: {
    heartbeats: { requestsPerSecond: 701, burstRequests: 702 },
    otherRoutes: { requestsPerSecond: 71, burstRequests: 72 },
  },
  reservedConcurrency: { queries: 33, sweeper: 1 },
  alarms: { outboxAgeSeconds: 141, sweeperMissingMinutes: 4, errorPercent: 7, throttledCalls: 19 },
  alerts: {
    targets: [
      { protocol: 'https', endpoint: 'https://pager.example.com/', severity: 'page' },
      { protocol: 'email', endpoint: 'team@example.com' },
      { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:111122223333:chat', severity: 'notice' },
    ],
  },
}

const outputs: string[] = []
afterAll(() => {
  for (const directory of outputs) rmSync(directory, { recursive: true })
})

/** The templates of one environment, with the context of cdk.json and without the bundling, which takes long. */
export function synthesized(name: string, chosen: EnvironmentSettings = settings) {
  const app = createApp()
  const stacks = addStacks(app, environmentOf(name, chosen))
  addChecks(app)
  return { app, ...templatesOf(stacks) }
}

/** The templates of several environments of one account. */
export function synthesizedTogether(...names: string[]) {
  const app = createApp()
  return names.map((name) => addStacks(app, environmentOf(name, settings))).map(templatesOf)
}

function createApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'understudy-infra-'))
  outputs.push(outdir)
  return new App({ outdir, context: { ...file('cdk.json').context, 'aws:cdk:bundling-stacks': [] } })
}

const templatesOf = ({ stateful, stateless }: ReturnType<typeof addStacks>) => ({
  stateful: Template.fromStack(stateful),
  stateless: Template.fromStack(stateless),
})
