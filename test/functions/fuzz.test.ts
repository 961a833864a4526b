import fc from 'fast-check'
import { openApi } from '../../domain/openapi.ts'
import routes from '../../domain/routes.json' with { type: 'json' }
import { ScriptedAgent } from './agent.ts'
import { AllItems, type Difference, difference, type Entry } from './all-items.ts'
import type { Answer } from './api.ts'
import { Api, aNode, expectStatus } from './api.ts'
import { anyText, bodyText, type JsonSchema, KNOWN } from './arbitrary-body.ts'

// A failure prints the seed and the path of its call; FUZZ_RUNS and FUZZ_SEED ask for more calls, and for others.
const numRuns = Number(process.env.FUZZ_RUNS ?? 50)
const seed = Number(process.env.FUZZ_SEED ?? 20261123)

/** A failure is made smaller for so long, and then told as it is: the test itself must not run out of time. */
const SHRINKING_LIMIT_MS = 20_000

type Route = (typeof routes)[number]
interface Call {
  as: string
  target: string
  text: string | undefined
  headers: Record<string, string>
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`
const CHANGING = ['PUT', 'POST', 'PATCH', 'DELETE']

let api: Api
let items: AllItems
let before: Awaited<ReturnType<AllItems['read']>>
const reached = new Map<string, Set<number>>()

/**
 * A cluster whose pair answers and has a user with a session and a subscription, and another whose pair has high
 * availability. Its agents are silent, so that no command is taken there, and no workflow runs on while the next call is made.
 */
beforeAll(async () => {
  api = await Api.start()
  const path = await api.configure('c', { pair: ['alpha', 'beta'] })
  const { userArn } = await api.agent('alpha')
  await expectStatus(200, api.put(`${path}/nodes/gamma`, aNode({ principal: userArn })))
  for (const node of ['alpha', 'beta']) await new ScriptedAgent(api, 'c', node).beat()
  await expectStatus(200, api.put(`${path}/users/alice`, { node: 'alpha' }))
  const own = { as: 'alpha' }
  const session = { platform: 'ios', mode: 'background' }
  await expectStatus(200, api.call('PUT', `${path}/users/alice/sessions/phone`, session, own))
  await expectStatus(200, api.call('PUT', `${path}/users/alice/subscriptions/bob@example.com`, {}, own))
  const on = await api.configure('on', { pair: ['delta', 'epsilon'] })
  await expectStatus(200, api.put(`${on}/groups/pair/high-availability`, { enabled: true, force: true }))
  // Which requests were made is remembered also of refusals by the state, so that they are given again.
  items = new AllItems(['requests'])
  before = await items.read()
})
afterAll(async () => {
  items.end()
  await api.end()
})

/** Those that are there come often: most calls are to come further than to "not found". */
const OF_PARAMETER: Record<string, string[]> = {
  cluster: ['c', 'c', 'on'],
  group: ['pair'],
  node: ['alpha', 'beta', 'gamma', 'delta'],
  user: ['alice', 'Alice', 'bob'],
  device: ['phone'],
  presentity: ['bob@example.com'],
}
/** No name ends or splits a path: such a call would be one of another route, or none. */
const isOneSegment = (text: string): boolean => text !== '' && text !== '.' && text !== '..' && !text.includes('/')
const segment = (name: string) =>
  fc
    .oneof(
      { weight: 6, arbitrary: fc.constantFrom(...(OF_PARAMETER[name] ?? KNOWN)) },
      { weight: 1, arbitrary: anyText.filter(isOneSegment) },
    )
    .map(encodeURIComponent)

const pathOf = (path: string): fc.Arbitrary<string> =>
  fc
    .tuple(...path.split('/').map((part) => (/^\{/.test(part) ? segment(part.slice(1, -1)) : fc.constant(part))))
    .map((parts) => parts.join('/'))

const base64 = (text: string) => Buffer.from(text).toString('base64url')
const cursor = fc.oneof(
  anyText,
  anyText.map(base64),
  { weight: 4, arbitrary: fc.constantFrom('00000000000000-1-1', `99999999999999-${'9'.repeat(1100)}-1`, 'alpha') },
  fc
    .constantFrom('["alpha",""]', '[]', '[x]', '3 ', '3 session/alice', '99 ', `3 session/${'x'.repeat(1100)}`)
    .map(base64),
  fc.uint8Array({ minLength: 6, maxLength: 14 }).map((bytes) => `e1.${Buffer.from(bytes).toString('base64url')}`),
)
const TIMES = ['2026-01-31T12:00:00Z', '0000-01-01', '9999-12-31T23:59:59-12:00', '2026-99-99', '1969-01-01']
const QUERY: Record<string, fc.Arbitrary<string>> = {
  cursor,
  since: fc.oneof(fc.constantFrom(...TIMES), anyText),
  limit: fc.constantFrom('1', '2', '0', '-1', '1e3', '1001', '9'.repeat(400), ''),
  wait: fc.constantFrom('0', '-1', '21', '0.5', 'x'),
  order: fc.constantFrom('oldest', 'newest', 'x'),
  dryRun: fc.constantFrom('true', 'false', '1'),
}
const query = (names: string[]): fc.Arbitrary<string> =>
  fc
    .record(Object.fromEntries(names.map((name) => [name, QUERY[name] ?? fc.oneof(anyText, fc.constant('true'))])), {
      requiredKeys: [],
    })
    .map((found) => new URLSearchParams(found as Record<string, string>).toString())
    .map((text) => (text === '' ? '' : `?${text.replaceAll('+', '%20')}`))

const etag = fc.constantFrom('"1"', '*', '"0"', '1', 'W/"1"', '"', ',,,', '', '\u00e9', '"9".'.repeat(500))
const key = fc.constantFrom('again', 'again', 'other', '', ' ', 'a b', 'k'.repeat(255), 'k'.repeat(256), '\u00fc')
const HEADERS = fc.record(
  { 'if-match': etag, 'if-none-match': etag, 'idempotency-key': key },
  { requiredKeys: [], noNullPrototype: true },
)
const headers = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: HEADERS })

interface Described {
  parameters: { name: string; in: string }[]
  requestBody?: { content: { 'application/json': { schema: JsonSchema; example?: unknown } } }
}
const described = ({ method, path }: Route) => openApi().paths[path]?.[method.toLowerCase()] as Described

function bodyOf(route: Route): fc.Arbitrary<string | undefined> {
  if (route.method === 'GET') return fc.constant(undefined)
  const { schema = {}, example } = described(route).requestBody?.content['application/json'] ?? {}
  return bodyText(schema, example)
}

const callOf = (route: Route): fc.Arbitrary<Call> =>
  fc
    .record({
      as: fc.constantFrom(...route.callers, ...route.callers.filter((role) => role === 'agent')),
      path: pathOf(route.path),
      query: query(described(route).parameters.flatMap((each) => (each.in === 'query' ? [each.name] : []))),
      text: bodyOf(route),
      headers,
    })
    .map(({ as, path, query, ...call }) => ({ ...call, as: as === 'agent' ? 'alpha' : as, target: path + query }))

const make = (route: Route, { as, target, text, headers }: Call): Promise<Answer> =>
  api.call(route.method, target, undefined, { as, headers, ...(text === undefined ? {} : { text }) })

const isRefusal = ({ table, item }: Entry): boolean => table === 'history' && item.detailType?.S === 'Request Refused'
const withoutOutbox = ({ table, item: { v: _, o, ...rest } }: Entry) => ({ table, ...rest, outbox: o?.M ?? {} })

/**
 * What a refusal may not change. It is told in the history of its group: by the state, and of an identity that is not the
 * node's. Until it stands there it stands in the group's item, so that this has another version then, an outbox that is empty, and nothing else.
 */
function beyondHistory({ gone, come }: Difference) {
  const isTold = come.some(isRefusal)
  const compared = (entries: Entry[]) =>
    entries
      .filter((entry) => !isRefusal(entry))
      .map((entry) => (isTold && entry.table === 'groups' ? withoutOutbox(entry) : entry))
  return { is: compared(come), was: compared(gone) }
}

function expectProblem({ status, headers, body }: Answer): void {
  expect(headers['content-type']).toBe('application/problem+json')
  const { title, detail, code } = body
  expect(body).toMatchObject({ type: `urn:understudy:problem:${code}`, status })
  for (const text of [title, detail, code]) expect(text).toMatch(/\S/)
}

/** What must hold of every answer, and of the tables after it; then all is as it was for the next call. */
async function expectManners(route: Route, call: Call): Promise<void> {
  const callsBefore = api.grants.used.length
  const answer = await make(route, call)
  const { status } = answer
  // Where no function has asked for a write, nothing can have changed.
  const mayHaveChanged = api.grants.used.slice(callsBefore).some(({ action }) => /Put|Update|Delete|Write/.test(action))
  const changed = mayHaveChanged ? difference(before, await items.read()) : { gone: [], come: [] }
  await items.takeBack(changed)

  expect(answer.headers['x-request-id']).toBeDefined()
  expect({ status, body: answer.body, is: status < 500 }).toEqual({ status, body: answer.body, is: true })
  if (status >= 400) expectProblem(answer)
  if (status >= 400 || !CHANGING.includes(route.method)) {
    const { is, was } = beyondHistory(changed)
    expect(is).toEqual(was)
  }
  reached.set(nameOf(route), (reached.get(nameOf(route)) ?? new Set()).add(status))
}

describe('whatever it is called with, and changing nothing that it refuses,', () => {
  it.each(routes.map((route) => ({ name: nameOf(route), route })))('$name answers', async ({ route }) => {
    await fc.assert(
      fc.asyncProperty(callOf(route), (call) => expectManners(route, call)),
      { seed, numRuns, interruptAfterTimeLimit: SHRINKING_LIMIT_MS },
    )
  })

  it('every route was called, and those that can refuse have refused', () => {
    expect([...reached.keys()].sort()).toEqual(routes.map(nameOf).sort())
    const neverRefused = routes.filter(
      (route) => route.path.includes('{') && ![...(reached.get(nameOf(route)) ?? [])].some((status) => status >= 400),
    )
    expect(neverRefused.map(nameOf)).toEqual([])
  })
})
