import type { Cluster } from './cluster.ts'

/** One value of a cluster's configuration that changed; null: it was not there, or is not there any more. */
export interface Difference {
  /** `serviceParameters.keepAliveTimeoutSeconds`, say. */
  path: string
  from: string | null
  to: string | null
}

/** A change of configuration that is not brought over to all groups yet. */
export interface ConfigurationChange {
  version: number
  by: string
  atMs: number
  differences: Difference[]
}

const MOST_DIFFERENCES = 20
const LONGEST_VALUE = 120

const PARTS = [
  'databasePublisher',
  'criticalServices',
  'serviceParameters',
  'enterpriseParameters',
  'nodes',
  'groups',
] as const

/** What differs between two versions of a configuration, value by value. */
export function differencesOf(before: Cluster, after: Cluster): Difference[] {
  return PARTS.flatMap((part) => differ(part, before[part], after[part])).slice(0, MOST_DIFFERENCES)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function differ(path: string, from: unknown, to: unknown): Difference[] {
  if (isRecord(from) && isRecord(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
    return names.flatMap((name) => differ(`${path}.${name}`, own(from, name), own(to, name)))
  }
  const [one, other] = [shown(from), shown(to)]
  return one === other ? [] : [{ path, from: one, to: other }]
}

/** "toString" is a name like any other. */
const own = (record: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined

const shown = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value).slice(0, LONGEST_VALUE)

/** Those that concern a group: its own, its nodes', and those of the whole cluster. */
export function differencesFor(differences: Difference[], group: string, nodes: readonly string[]): Difference[] {
  const mine = [`groups.${group}`, ...nodes.map((node) => `nodes.${node}`)]
  return differences.filter(
    ({ path }) =>
      !/^(nodes|groups)\./.test(path) || mine.some((place) => path === place || path.startsWith(`${place}.`)),
  )
}
