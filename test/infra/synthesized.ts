import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { addChecks, addStacks, type Stacks } from '../../infra/app.ts'
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

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const createFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-infra-'))
  folders.push(folder)
  return folder
}

/** Built files as the console has them: the page, what stands beside it, and what is named after its content. */
function createConsoleFolder(): string {
  const folder = createFolder()
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><html><head><title>Understudy</title></head></html>')
  writeFileSync(join(folder, 'stamp.txt'), 'of the sources')
  writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(folder, 'assets/index-abc123.js'), 'export {}')
  return folder
}

/** The templates of one environment, with the context of cdk.json and without the bundling, which takes long. */
export function synthesized(name: string, chosen: EnvironmentSettings = settings) {
  const app = createApp()
  const stacks = addStacks(app, environmentOf(name, chosen), createConsoleFolder())
  addChecks(app)
  return { app, ...templatesOf(stacks) }
}

/** The templates of several environments of one account. */
export function synthesizedTogether(...names: string[]) {
  const app = createApp()
  return names.map((name) => addStacks(app, environmentOf(name, settings), createConsoleFolder())).map(templatesOf)
}

function createApp(): App {
  return new App({
    outdir: createFolder(),
    context: { ...file('cdk.json').context, 'aws:cdk:bundling-stacks': [] },
  })
}

const templatesOf = ({ stateful, stateless, console }: Stacks) => ({
  stateful: Template.fromStack(stateful),
  stateless: Template.fromStack(stateless),
  ...(console && { console: Template.fromStack(console) }),
})
