import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { addStacks } from '../../infra/app.ts'
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

export const routes: { method: string; path: string; function: string }[] = file('domain/routes.json')

/** Settings that fit, with numbers that no default could be mistaken for. */
export const settings: EnvironmentSettings = {
  deletionProtection: true,
  tableRecoveryDays: 17,
  eventArchiveDays: 23,
  logRetentionDays: 90,
  throttling: {
    heartbeats: { requestsPerSecond: 701, burstRequests: 702 },
    otherRoutes: { requestsPerSecond: 71, burstRequests: 72 },
  },
}

const outputs: string[] = []
afterAll(() => {
  for (const directory of outputs) rmSync(directory, { recursive: true })
})

/** The templates of one environment, with the context of cdk.json and without the bundling, which takes long. */
export function synthesized(name: string, chosen: EnvironmentSettings = settings) {
  const outdir = mkdtempSync(join(tmpdir(), 'understudy-infra-'))
  outputs.push(outdir)
  const app = new App({ outdir, context: { ...file('cdk.json').context, 'aws:cdk:bundling-stacks': [] } })
  const { stateful, stateless } = addStacks(app, environmentOf(name, chosen))
  return { app, stateful: Template.fromStack(stateful), stateless: Template.fromStack(stateless) }
}
