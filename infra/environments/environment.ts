import { readdirSync } from 'node:fs'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as z from 'zod'
import { checked, pathInProject } from '../project-files.ts'

const positive = z.int().positive()

const throttle = z.strictObject({
  /** The steady rate, over a longer time. */
  requestsPerSecond: positive,
  /** How many requests may come at once. */
  burstRequests: positive,
})

const settingsSchema = z.strictObject({
  /** Where to deploy. Left out, the account and the Region are those of whoever deploys. */
  target: z
    .strictObject({
      account: z.string().regex(/^\d{12}$/, 'must be an account id of 12 digits'),
      region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a Region, such as eu-central-1'),
    })
    .exactOptional(),
  /** Refuses to delete the tables and their stack, and keeps the tables if they are taken out of it. */
  deletionProtection: z.boolean(),
  /** How far back each table can be restored to any second. */
  tableRecoveryDays: positive.max(35),
  /** How long published events can be replayed. Left out, there is no archive: not every emulator of AWS knows one. */
  eventArchiveDays: positive.exactOptional(),
  /** How long the logs of functions, workflows and the API are kept. */
  logRetentionDays: positive.refine((days) => days in RetentionDays, 'must be a retention that CloudWatch Logs offers'),
  /** Heartbeats have a limit of their own: no flood of other calls may cost a node its lease. */
  throttling: z.strictObject({ heartbeats: throttle, otherRoutes: throttle }),
})

/** What one environment decides, as its file under infra/environments exports it. */
export type EnvironmentSettings = z.infer<typeof settingsSchema>

/** An environment by its name; the name is part of every physical name, so that several fit into one account. */
export type Environment = EnvironmentSettings & { readonly name: string }

/**
 * Loads infra/environments/<name>.ts.
 * @throws Error of one line that names the unknown environment, or the fields that are missing or wrong.
 */
export async function loadEnvironment(name: string): Promise<Environment> {
  const known = knownEnvironments()
  if (!known.includes(name)) {
    throw new Error(
      `Unknown environment "${name}": there is no infra/environments/${name}.ts. Known: ${known.join(', ')}.`,
    )
  }
  const file: { settings?: unknown } = await import(`./${name}.ts`)
  return environmentOf(name, file.settings)
}

/** Checks the settings of the environment of that name; throws as `loadEnvironment` does. */
export function environmentOf(name: string, settings: unknown): Environment {
  return { name, ...checked(settingsSchema, settings, `infra/environments/${name}.ts`) }
}

/** A physical name in an account: of this project, this environment, this thing. */
export const physicalName = (environment: Environment, thing: string) => `understudy-${environment.name}-${thing}`

function knownEnvironments(): string[] {
  return readdirSync(pathInProject('infra/environments'))
    .map((file) => file.replace(/\.ts$/, ''))
    .filter((name) => name !== 'environment')
}
