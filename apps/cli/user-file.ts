import { nameSchema, nodeNameSchema } from '../../domain/contract/configuration.ts'
import { userNameSchema } from '../../domain/contract/users.ts'
import type { WantedUser } from '../client/user-api.ts'

/** A line of a file of users that names one. */
export type UserLine = WantedUser & { line: number }

export interface BadLine {
  line: number
  message: string
}

export interface UserFile {
  users: UserLine[]
  bad: BadLine[]
}

/** What a cluster has, by name. */
export interface Places {
  nodes: readonly string[]
  groups: readonly string[]
}

/** A field in quotes may hold a comma; a quotation mark is in no name. */
const FIELD = String.raw`\s*(?:"([^"]*)"|([^",]*?))\s*`
const LINE = new RegExp(`^${FIELD}(?:,${FIELD})?$`)
const HEADER = /^user\s*,\s*(node|group|node\|group|group\|node|place)\s*$/i

/**
 * Reads users, one a line: a name or, as CSV, a name and the node or group of its home. Empty lines, and those that begin
 * with #, are comments; a first line "user,node" is a head. A name that a node and a group share is told apart as
 * "node:name" or "group:name". No user may stand there twice, in whatever spelling.
 */
export function readUserFile(text: string, places: Places): UserFile {
  const found: UserFile = { users: [], bad: [] }
  const lineOf = new Map<string, number>()
  const known = { nodes: new Set(places.nodes), groups: new Set(places.groups) }
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const [line, content] = [index + 1, raw.trim()]
    if (content === '' || content.startsWith('#') || (line === 1 && HEADER.test(content))) continue
    const read = readLine(content, known)
    const earlier = 'message' in read ? undefined : lineOf.get(read.user)
    if ('message' in read) found.bad.push({ line, message: read.message })
    else if (earlier !== undefined)
      found.bad.push({ line, message: `"${read.user}" stands on line ${earlier} already` })
    else {
      lineOf.set(read.user, line)
      found.users.push({ ...read, line })
    }
  }
  return found
}

interface Known {
  nodes: ReadonlySet<string>
  groups: ReadonlySet<string>
}

function readLine(content: string, known: Known): WantedUser | { message: string } {
  const fields = LINE.exec(content)
  if (!fields) return { message: `"${content}" must be a user, or a user, a comma, and a node or group` }
  const [, quoted, plain, quotedPlace, plainPlace] = fields
  const name = quoted ?? plain ?? ''
  const parsed = userNameSchema.safeParse(name)
  if (!parsed.success) return { message: `"${name}" ${parsed.error.issues[0]?.message}` }
  const place = readPlace(quotedPlace ?? plainPlace ?? '', known)
  return 'message' in place ? place : { user: parsed.data, ...place }
}

function readPlace(text: string, { nodes, groups }: Known): Omit<WantedUser, 'user'> | { message: string } {
  if (text === '') return {}
  const [, kind, named = ''] = /^(?:(node|group):)?(.*)$/.exec(text) ?? []
  const isNode = kind !== 'group' && nodes.has(named)
  const isGroup = kind !== 'node' && groups.has(named)
  if (isNode && isGroup) return { message: `"${named}" is a node and a group: write node:${named} or group:${named}` }
  if (isNode) return { node: named }
  if (isGroup) return { group: named }
  const isName = nodeNameSchema.safeParse(named).success || nameSchema.safeParse(named).success
  return {
    message: `"${text}" is no ${kind ?? 'node or group'} of the cluster${isName ? '' : ', and could not be one'}`,
  }
}
