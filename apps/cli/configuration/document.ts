import { isMap, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml'
import * as z from 'zod'
import {
  clusterSchema,
  enterpriseParametersPatchSchema,
  groupSchema,
  nameSchema,
  nodeNameSchema,
  nodeSchema,
  serviceParametersPatchSchema,
} from '../../../domain/contract/configuration.ts'
import { CliError, EXIT } from '../exit.ts'

const { databasePublisher, criticalServices } = clusterSchema.shape
const { description, nodes } = groupSchema.shape
const { hostName, softwareVersion, principal, clientReLogin, capacityClass } = nodeSchema.shape

/** A cluster as a file describes it, in the API's own words. What is left out stays as it is, or takes its default. */
const documentSchema = z.strictObject({
  cluster: nameSchema,
  databasePublisher: databasePublisher.optional(),
  criticalServices: criticalServices.removeDefault().optional(),
  serviceParameters: serviceParametersPatchSchema.optional(),
  enterpriseParameters: enterpriseParametersPatchSchema.optional(),
  nodes: z
    .record(
      nodeNameSchema,
      z
        .strictObject({
          ...{ hostName, softwareVersion, principal },
          databasePublisher: nodeNameSchema,
          clientReLogin: clientReLogin.removeDefault(),
          capacityClass,
        })
        .partial(),
    )
    .optional(),
  groups: z
    .record(
      nameSchema,
      z.strictObject({ description: description.removeDefault(), nodes, highAvailability: z.boolean() }).partial(),
    )
    .optional(),
})
export type ClusterDocument = z.infer<typeof documentSchema>

/** Where in the file something stands: a path of names, and the line that it is in. */
export type LineOf = (path: readonly PropertyKey[]) => number

export interface ReadDocument {
  document: ClusterDocument
  lineOf: LineOf
}

/** Reads a file of YAML (JSON is YAML, too). Throws a CliError that names the line of everything that is wrong. */
export function readDocument(file: string, text: string): ReadDocument {
  const lines = new LineCounter()
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const wrong = parsed.errors.map(({ pos, message }) => `${file}:${lines.linePos(pos[0]).line}: ${message}`)
  if (wrong.length > 0) throw invalid(wrong)
  const lineOf: LineOf = (path) => lines.linePos(offsetOf(parsed.contents, path)).line
  const checked = documentSchema.safeParse(parsed.toJS() ?? {})
  if (checked.success) return { document: checked.data, lineOf }
  throw invalid(checked.error.issues.flatMap(told).map(({ path, message }) => place(file, lineOf, path, message)))
}

export const invalid = (lines: string[]): CliError => new CliError(EXIT.usage, 'DocumentInvalid', lines.join('\n'))

/** `cluster.yaml:12: nodes.a.hostName: must be …` */
export const place = (file: string, lineOf: LineOf, path: readonly PropertyKey[], message: string): string =>
  `${file}:${lineOf(path)}: ${path.length > 0 ? `${path.map(String).join('.')}: ` : ''}${message}`

/** Each unknown field by its own path. */
export const told = (issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known here' }))
    : [{ path: issue.path, message: issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message }]

/** Of the name itself, where it has one; of what it would stand in, where it is missing. */
function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[]): number {
  let node = root
  let offset = root?.range[0] ?? 0
  for (const name of path) {
    if (!isMap(node)) break
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))
    if (!pair) break
    offset = (pair.key as ParsedNode).range[0]
    node = pair.value as ParsedNode | null
  }
  return offset
}
