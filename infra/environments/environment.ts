import { readdirSync } from 'node:fs'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import * as z from 'zod'
import { alertsSchema } from '../alert-target.ts'
import { consoleSchema } from '../console-settings.ts'
import { functions } from '../functions.ts'
import { checked, pathInProject } from '../project-files.ts'

const positive = z.int().positive()
const percent = z.number().positive().max(100)

const throttle = z.strictObject({
  /** The steady rate, over a longer time. */
  requestsPerSecond: positive,
  /** How many requests may come at once. */
  burstRequests: positive,
})

const alarms = z.strictObject({
  /** The oldest effect that was decided and not carried out; the sweeper comes once in 60 seconds. */
  outboxAgeSeconds: positive,
  /** Minutes without a sweep. */
  sweeperMissingMinutes: positive,
  /** Of the calls of each function, and of the answers of the API with a status from 500 on. */
  errorPercent: percent,
  /** Calls turned away in five minutes: by the API, by Lambda, by each table. */
  throttledCalls: positive,
})

const functionNames = z.enum(Object.keys(functions) as [keyof typeof functions])

const settingsSchema = z.strictObject({
  /** Where to deploy. Left out, the account and the Region are those of whoever deploys. */
  target: z
    .strictObject({
      account: z.string().regex(/^\d{12}$/, 'must be an account id of 12 digits'),
      region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a Region, such as eu-central-1'),
    })
    .exactOptional(),
  /** Refuses to delete the tables and the stacks; keeps tables, logs and the key when they are taken out of a stack. */
  deletionProtection: z.boolean(),
  /** How far back each table can be restored to any second. */
  tableRecoveryDays: positive.max(35),
  /** How long the history of groups is kept, and told: entries expire that long after they happened [B32]. */
  historyDays: positive,
  /** How long published events can be replayed. Left out, there is no archive: not every emulator of AWS knows one. */
  eventArchiveDays: positive.exactOptional(),
  /** How long the logs of functions, workflows, events and the API are kept. */
  logRetentionDays: positive.refine((days) => days in RetentionDays, 'must be a retention that CloudWatch Logs offers'),
  /** Heartbeats have a limit of their own: no flood of other calls may cost a node its lease. */
  throttling: z.strictObject({ heartbeats: throttle, otherRoutes: throttle }),
  /**
   * How many calls of a function run at once at most; they are kept free for it, too. Left out for all of them where the
   * account is new: AWS refuses reservations that leave the account fewer than 100, and a new account has 10.
   */
  reservedConcurrency: z.partialRecord(functionNames, positive).exactOptional(),
  alarms,
  alerts: alertsSchema,
  /** The administration page. Left out, the environment has none. */
  console: consoleSchema.exactOptional(),
})

/** What one environment decides, as its file under infra/environments exports it. */
export type EnvironmentSettings = z.infer<typeof settingsSchema>

/** An environment by its name; the name is part of every physical name, so that several fit into one account. */
export type Environment = EnvironmentSettings & { readonly name: string }

const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'its name must be at most 20 of a–z, 0–9 and "-"')

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
  const origin = `infra/environments/${name}.ts`
  return { name: checked(nameSchema, name, origin), ...checked(settingsSchema, settings, origin) }
}

/** A physical name in an account: of this project, this environment, this thing. */
export const physicalName = (environment: Environment, thing: string) => `${serviceName(environment)}-${thing}`

/** Under which an environment writes its logs and its metrics. */
export const serviceName = ({ name }: Environment) => `understudy-${name}`

/** The environments are the files of their folder, but for this one. */
export function knownEnvironments(): string[] {
  return readdirSync(pathInProject('infra/environments'))
    .map((file) => file.replace(/\.ts$/, ''))
    .filter((name) => name !== 'environment')
}
