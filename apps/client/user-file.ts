import { nameSchema, nodeNameSchema } from '../../domain/contract/configuration.ts'
import { userNameSchema } from '../../domain/contract/users.ts'
import type { WantedUser } from './user-api.ts'
import { clip } from './words/text.ts'

/** A line of a file of users that names one. */
export type UserLine = WantedUser & { line: number }

export const wantedOf = ({ line: _, ...user }: UserLine): WantedUser => user

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

/** Reads a file piece by piece, as it comes. */
export interface UserFileReader {
  /** What has been found so far; grows. */
  readonly found: UserFile
  read(text: string): void
  /** The last line need not end. */
  end(): UserFile
}

/**
 * Reads users, one a line: a name or, as CSV, a name and the node or group of its home. Empty lines, and those that begin
 * with #, are comments; a first line "user,node" is a head. A name that a node and a group share is told apart as
 * "node:name" or "group:name". No user may stand there twice, in whatever spelling.
 */
export function createUserFileReader(places: Places): UserFileReader {
  const found: UserFile = { users: [], bad: [] }
  const lineOf = new Map<string, number>()
  const known = { nodes: new Set(places.nodes), groups: new Set(places.groups) }
  let line = 0
  let rest = ''

  function take(raw: string): void {
    line += 1
    // Trimmed away are also a carriage return and the mark of the byte order (U+FEFF).
    const content = raw.trim()
    if (content === '' || content.startsWith('#') || (line === 1 && HEADER.test(content))) return
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

  return {
    found,
    read(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const each of lines) take(each)
    },
    end() {
      take(rest)
      rest = ''
      return found
    },
  }
}

export function readUserFile(text: string, places: Places): UserFile {
  const reader = createUserFileReader(places)
  reader.read(text)
  return reader.end()
}

/** What a bad line is named by: as much of it as one can read. */
const named = (content: string): string => `"${clip(content, LONGEST_NAMED)}"`
const LONGEST_NAMED = 80

/** More than the longest name and place need. */
const LONGEST_LINE = 500

interface Known {
  nodes: ReadonlySet<string>
  groups: ReadonlySet<string>
}

function readLine(content: string, known: Known): WantedUser | { message: string } {
  // The pattern takes its time with a line that has thousands of spaces.
  const fields = content.length > LONGEST_LINE ? null : LINE.exec(content)
  if (!fields) return { message: `${named(content)} must be a user, or a user, a comma, and a node or group` }
  const [, quoted, plain, quotedPlace, plainPlace] = fields
  const name = quoted ?? plain ?? ''
  const parsed = userNameSchema.safeParse(name)
  if (!parsed.success) return { message: `${named(name)} ${parsed.error.issues[0]?.message}` }
  const place = readPlace(quotedPlace ?? plainPlace ?? '', known)
  return 'message' in place ? place : { user: parsed.data, ...place }
}

function readPlace(text: string, { nodes, groups }: Known): Omit<WantedUser, 'user'> | { message: string } {
  if (text === '') return {}
  const [, kind, place = ''] = /^(?:(node|group):)?(.*)$/.exec(text) ?? []
  const isNode = kind !== 'group' && nodes.has(place)
  const isGroup = kind !== 'node' && groups.has(place)
  if (isNode && isGroup) return { message: `"${place}" is a node and a group: write node:${place} or group:${place}` }
  if (isNode) return { node: place }
  if (isGroup) return { group: place }
  const isName = nodeNameSchema.safeParse(place).success || nameSchema.safeParse(place).success
  return {
    message: `${named(text)} is no ${kind ?? 'node or group'} of the cluster${isName ? '' : ', and could not be one'}`,
  }
}
