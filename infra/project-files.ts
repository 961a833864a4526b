import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

/** The root of the project: every path in this app is given from here, so that it synthesizes from any directory. */
const projectRoot = fileURLToPath(new URL('..', import.meta.url))

export const pathInProject = (path: string) => `${projectRoot}${path}`

const attribute = z.string().min(1)
const key = { partitionKey: attribute, sortKey: attribute.exactOptional() }

const tablesSchema = z.record(
  attribute,
  z.strictObject({
    ...key,
    timeToLive: attribute.exactOptional(),
    indexes: z.record(attribute, z.strictObject(key)).exactOptional(),
  }),
)

const routesSchema = z.array(
  z.strictObject({
    method: z.enum(['GET', 'PUT', 'POST', 'PATCH', 'DELETE']),
    path: z.string().startsWith('/'),
    function: z.string().min(1),
    callers: z.array(z.enum(['operator', 'viewer', 'agent'])).min(1),
  }),
)

const corsSchema = z.strictObject({
  headers: z.array(attribute).min(1),
  exposedHeaders: z.array(attribute).min(1),
  maxAgeSeconds: z.int().positive(),
})

const contentSecurityPolicySchema = z.record(attribute, z.array(attribute).min(1))

/** A table by its name in the project; every key attribute is a string, `timeToLive` names the attribute of expiry. */
export type TableShapes = z.infer<typeof tablesSchema>
export type TableShape = TableShapes[string]

/** A route of the HTTP API, the function that answers it, and who may call it. */
export type Route = z.infer<typeof routesSchema>[number]
export type Caller = Route['callers'][number]

export const readTableShapes = (): TableShapes => readData(tablesSchema, 'functions/adapters/tables.json')
export const readRoutes = (): Route[] => readData(routesSchema, 'domain/routes.json')
/** Which headers a page of another origin may send and read. */
export const readCors = () => readData(corsSchema, 'domain/cors.json')
/** Which sources the console's page may use, by directive; `connect-src` is to be completed with those of a deployment. */
export const readContentSecurityPolicy = () =>
  readData(contentSecurityPolicySchema, 'apps/console/content-security-policy.json')
export const readText = (path: string): string => readFileSync(pathInProject(path), 'utf8')

/**
 * Holds a value to a schema. What does not fit is an error of one line: the origin, and every field at fault.
 */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, origin: string): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  throw new Error(`${origin}: ${faults.join('; ')}`)
}

function readData<Schema extends z.ZodType>(schema: Schema, path: string): z.infer<Schema> {
  return checked(schema, JSON.parse(readText(path)), path)
}
