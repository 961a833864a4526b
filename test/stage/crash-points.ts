import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { ClientRequest, type IncomingMessage } from 'node:http'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Loaded into the stage before everything else (`--import`): it sees every call that the functions make to DynamoDB,
 * EventBridge and Step Functions, notes those that belong to a transition, and kills the process at the one that the
 * plan names: "before" it is sent, or "after" its answer has come and before that is delivered.
 */

/** One line of the notes: a call that was answered. */
export interface Note {
  /** What the plan calls it; null: it is no part of a transition that this process has decided on. */
  point: string | null
  /** Where DynamoDB is. */
  database?: string
  /** The ids of the events that went onto the bus. */
  published?: string[]
}

const folder = new URL(import.meta.url).searchParams.get('folder') ?? ''
const planFile = join(folder, 'crash-plan')
const notesFile = join(folder, 'crash-notes.jsonl')
// A stage that is started often starts sooner with it.
enableCompileCache(join(folder, 'compiled'))

/** A call that is about to be made; `accept` is for when it was answered. */
type Seen = Note & { accept?: () => void }

type Text = { S: string }
/** As far as it matters here: version, transition, commands, outbox (group-item.ts). */
interface GroupItem {
  v: { N: string }
  t?: Text
  k?: Text
  o?: { M: Record<string, Text> }
}
interface Effect {
  id: string
  detail?: { rule?: number; command?: { kind: string } }
  /** Of a workflow: its execution's name. */
  name?: string
  token?: string
}

/** The commit that decided an effect, by what the effect is called when it is carried out: id, name or token. */
const causes = new Map<string, string>()
/** Ids of commands, and tokens, that an earlier commit of this process held. */
const known = new Set<string>()
/** What the first commit of a process holds may be older than the process. */
let isFirst = true

/** A commit is named by what is new in it: a row of the policy, an order, a result, or a step that waits. */
function seeCommit(item: GroupItem): Seen {
  const { tokens = {} } = JSON.parse(item.t?.S ?? '{}') as { tokens?: Record<string, string> }
  const commands = JSON.parse(item.k?.S ?? '[]') as { id: string; kind: string }[]
  const outbox = Object.values(item.o?.M ?? {}).map(({ S }) => JSON.parse(S) as Effect)
  const effects = outbox.filter(({ id }) => id.split('-')[1] === item.v.N)
  const isNew = (id: string) => !isFirst && !known.has(id)

  const rule = effects.find(({ detail }) => detail?.rule !== undefined)?.detail?.rule
  const ordered = commands.find(({ id }) => isNew(id))
  const ended = effects.find(({ detail }) => detail?.command)?.detail?.command
  const waiting = Object.entries(tokens)
    .find(([, token]) => isNew(token))?.[0]
    .split(':')[0]
  const names = [
    rule !== undefined && `row ${rule}`,
    ordered !== undefined && `order ${ordered.kind}`,
    ended !== undefined && `result of ${ended.kind}`,
    waiting !== undefined && `wait for ${waiting}`,
  ]
  const name = names.find((each) => each !== false) ?? null
  const accept = () => {
    isFirst = false
    for (const id of [...commands.map((command) => command.id), ...Object.values(tokens)]) known.add(id)
    if (name === null) return
    for (const { id, name: execution, token } of effects) {
      for (const called of [id, execution, token]) if (called) causes.set(called, name)
    }
  }
  return { point: name, accept }
}

/** The point of an effect of a commit that this process made; null: of an earlier one, or of no transition. */
function effectOf(keys: string[], what: string): string | null {
  const cause = keys.map((key) => causes.get(key)).find((each) => each !== undefined)
  return cause === undefined ? null : `${cause}: ${what}`
}

function see(target: string, body: string): Seen | null {
  const input = JSON.parse(body)
  switch (target.split('.')[1]) {
    case 'PutItem': {
      const table = input.TableName as string
      if (table.endsWith('groups')) return seeCommit(input.Item)
      if (table.endsWith('history')) return { point: effectOf([input.Item.id.S], 'history') }
      return { point: table.endsWith('requests') ? 'the answer is remembered' : null }
    }
    case 'UpdateItem': {
      const struck = Object.values(input.ExpressionAttributeNames ?? {}) as string[]
      if (!input.UpdateExpression.includes('REMOVE')) return null
      return { point: effectOf(struck, 'struck off') }
    }
    case 'PutEvents': {
      const published = (input.Entries as { Detail: string }[]).map(({ Detail }) => JSON.parse(Detail).id as string)
      return { point: effectOf(published, 'bus'), published }
    }
    case 'StartExecution':
      return { point: effectOf([input.name], 'workflow') }
    case 'SendTaskSuccess':
      return { point: effectOf([input.taskToken], 'token') }
    default:
      return null
  }
}

function dieIfPlanned(edge: 'before' | 'after', point: string | null): void {
  if (point === null || !existsSync(planFile) || readFileSync(planFile, 'utf8') !== `${edge} ${point}`) return
  rmSync(planFile)
  flushCompileCache()
  process.kill(process.pid, 'SIGKILL')
}

const end = ClientRequest.prototype.end
ClientRequest.prototype.end = function (this: ClientRequest, ...args: Parameters<typeof end>) {
  const target = String(this.getHeader('x-amz-target') ?? '')
  const seen = target ? see(target, String(args[0] ?? '')) : null
  if (seen) {
    const { accept, ...note } = seen
    const database = target.startsWith('DynamoDB') ? { database: `http://${this.getHeader('host')}` } : {}
    dieIfPlanned('before', seen.point)
    this.prependOnceListener('response', ({ statusCode }: IncomingMessage) => {
      // What was refused has written nothing; it comes again.
      if (statusCode !== 200) return
      accept?.()
      appendFileSync(notesFile, `${JSON.stringify({ ...note, ...database } satisfies Note)}\n`)
      dieIfPlanned('after', seen.point)
    })
  }
  return end.apply(this, args)
} as typeof end
