import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { ClientRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'

/**
 * Loaded into the stage before everything else (`--import`): it sees every call that the functions make to DynamoDB,
 * EventBridge and Step Functions, notes those that belong to a transition, and kills the process at the one that the
 * plan names, before it is sent or when its answer has come and was not yet delivered.
 */

export interface Plan {
  point: string
  edge: 'before' | 'after'
}

/** One line of the notes: a call that was answered. */
export interface Note {
  point: string | null
  /** Events, executions and tokens that the call committed to, carried out, or struck off. */
  committed?: string[]
  published?: string[]
  struck?: string[]
}

const folder = new URL(import.meta.url).searchParams.get('folder') ?? ''
const planFile = join(folder, 'crash-plan.json')
const notesFile = join(folder, 'crash-notes.jsonl')

type Text = { S: string }
interface GroupItem {
  v: { N: string }
  t?: Text
  k?: Text
  o?: { M: Record<string, Text> }
}
interface Effect {
  id: string
  kind: 'event' | 'workflow' | 'token'
  detail?: { rule?: number; command?: { kind: string } }
  name?: string
  token?: string
}

/** By what an effect is called when it is carried out: its id, its execution's name, its token. */
const causes = new Map<string, string>()
const commandsSeen = new Set<string>()
const tokensSeen = new Set<string>()
/** What the first commit of a process holds may be older than the process. */
let committedBefore = false

/** A commit is named by what is new in it: a row of the policy, an order, a result, or a step that waits. */
function nameOfCommit(item: GroupItem, fresh: Effect[]): string | null {
  const { tokens = {} } = JSON.parse(item.t?.S ?? '{}') as { tokens?: Record<string, string> }
  const commands = JSON.parse(item.k?.S ?? '[]') as { id: string; kind: string }[]
  const rule = fresh.find(({ detail }) => detail?.rule !== undefined)?.detail?.rule
  const ordered = commands.find(({ id }) => committedBefore && !commandsSeen.has(id))
  const ended = fresh.find(({ detail }) => detail?.command)?.detail?.command
  const waiting = Object.entries(tokens).find(([, token]) => committedBefore && !tokensSeen.has(token))
  if (rule !== undefined) return `row ${rule}`
  if (ordered) return `order ${ordered.kind}`
  if (ended) return `result of ${ended.kind}`
  return waiting ? `wait for ${waiting[0].split(':')[0]}` : null
}

function seeCommit(item: GroupItem): Note & { accept: () => void } {
  const effects = Object.values(item.o?.M ?? {}).map(({ S }) => JSON.parse(S) as Effect)
  const fresh = effects.filter(({ id }) => id.split('-')[1] === item.v.N)
  const point = nameOfCommit(item, fresh)
  const accept = () => {
    committedBefore = true
    for (const { id } of JSON.parse(item.k?.S ?? '[]') as { id: string }[]) commandsSeen.add(id)
    const { tokens = {} } = JSON.parse(item.t?.S ?? '{}') as { tokens?: Record<string, string> }
    for (const token of Object.values(tokens)) tokensSeen.add(token)
    if (point === null) return
    for (const { id, name, token } of fresh) for (const key of [id, name, token]) if (key) causes.set(key, point)
  }
  return { point, committed: fresh.map(({ id }) => id), accept }
}

/** The point of an effect of a commit that this process made; null: of an earlier one, or of no transition. */
function effectOf(keys: string[], what: string): string | null {
  const cause = keys.map((key) => causes.get(key)).find((each) => each !== undefined)
  return cause === undefined ? null : `${cause}: ${what}`
}

type Seen = Note & { accept?: () => void }

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
      return { point: effectOf(struck, 'struck off'), struck }
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

function plan(): Plan | null {
  try {
    return JSON.parse(readFileSync(planFile, 'utf8')) as Plan
  } catch {
    return null
  }
}

function dieIfPlanned(point: string | null, edge: Plan['edge']): void {
  const planned = plan()
  if (point === null || planned?.point !== point || planned.edge !== edge) return
  rmSync(planFile)
  process.kill(process.pid, 'SIGKILL')
}

const end = ClientRequest.prototype.end
ClientRequest.prototype.end = function (this: ClientRequest, ...args: Parameters<typeof end>) {
  const target = this.getHeader('x-amz-target')
  const seen = typeof target === 'string' ? see(target, String(args[0] ?? '')) : null
  if (seen) {
    const { accept, ...note } = seen
    dieIfPlanned(seen.point, 'before')
    this.prependOnceListener('response', ({ statusCode }: IncomingMessage) => {
      // What was refused has written nothing; it comes again.
      if (statusCode !== 200) return
      accept?.()
      appendFileSync(notesFile, `${JSON.stringify(note)}\n`)
      dieIfPlanned(seen.point, 'after')
    })
  }
  return end.apply(this, args)
} as typeof end
