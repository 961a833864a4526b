import fc from 'fast-check'

/** What z.toJSONSchema makes of the contract, as far as bodies are generated from it. */
export interface JsonSchema {
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  allOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  items?: JsonSchema
  maxItems?: number
  minimum?: number
  maximum?: number
  maxLength?: number
  pattern?: string
  format?: string
}

/** Names of what there is in the situation of fuzz.test.ts, so that calls come further than to "not found". */
export const KNOWN = ['c', 'on', 'pair', 'alpha', 'beta', 'gamma', 'publisher', 'alice', 'phone', 'XCP Router']
/** Names that every object of JavaScript knows, what might get into a key, an expression or a path, and `[x]` as a cursor. */
const TREACHEROUS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'a|b',
  '#a',
  ':a',
  'a//b',
  '\0',
  'ﷺ',
  '💥',
  'W3hd',
]

const LONG = ['x'.repeat(129), 'x'.repeat(1100), 'ﷺ'.repeat(128), '9'.repeat(3000)]
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...KNOWN, ...TREACHEROUS, ...LONG, '', ' '),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

const NUMBERS = [0, -0, -1, 0.5, 1e-300, 1e15, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e130, Number.MAX_VALUE]
const deep = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
/** Any JSON, nothing of which may do harm. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.constantFrom(...NUMBERS, null, true, false),
  fc.constantFrom([], {}, [[]], [null], deep(500), Array(200).fill('alpha')),
  fc.jsonValue({ maxDepth: 2 }),
)

const within = ({ minimum = -1e6, maximum = 1e6 }: JsonSchema) =>
  fc.oneof(fc.constantFrom(minimum, maximum), fc.double({ min: minimum, max: maximum, noNaN: true }))

function textLike({ pattern, format, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.constantFrom('2026-01-31T22:00:00Z', '9999-12-31T23:59:59-12:00', tomorrow())
  if (pattern === undefined) return fc.oneof(fc.constantFrom(...KNOWN), fc.string({ unit: 'grapheme', maxLength }))
  const fitting = new RegExp(pattern, 'u')
  const known = KNOWN.filter((name) => fitting.test(name))
  const made = /\\p|\(\?/.test(pattern) ? fc.string({ minLength: 1, maxLength }) : fc.stringMatching(fitting)
  return known.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, made) : made
}
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()

function objectLike({ properties = {}, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, like(value)]))
  const named = fc.record(fields, { requiredKeys: required as never[], noNullPrototype: true })
  if (typeof additionalProperties !== 'object' || Object.keys(properties).length > 0) return named
  return fc.dictionary(anyText, like(additionalProperties), { maxKeys: 3, noNullPrototype: true })
}

/** What a schema describes; rules beyond it may refuse what is made. */
export function like(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(like))
  if (schema.allOf) return like(Object.assign({}, schema, { allOf: undefined }, ...schema.allOf))
  switch (schema.type) {
    case 'object':
      return objectLike(schema)
    case 'array':
      return fc.array(like(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 4, 4) })
    case 'integer':
      return within(schema).map(Math.round)
    case 'number':
      return within(schema)
    case 'boolean':
      return fc.boolean()
    case 'string':
      return textLike(schema)
    default:
      return junk
  }
}

type Mutate = (value: unknown, place: number, other: unknown, name: string) => unknown

/** Changes one place somewhere in a value: another value, a field less, a field more, or a list of it. */
const mutate: Mutate = (value, place, other, name) => {
  const keys = value !== null && typeof value === 'object' ? Object.keys(value) : []
  const choices = keys.length + 3
  const choice = place % choices
  const beyond = Math.floor(place / choices)
  if (choice === 0 || keys.length === 0) return place % 3 === 2 ? [value] : other
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  if (choice === 1) Object.defineProperty(copy, name, { value: other, enumerable: true, configurable: true })
  else if (choice === 2) delete copy[keys[beyond % keys.length] as string]
  else {
    const key = keys[choice - 3] as string
    copy[key] = mutate(copy[key], beyond, other, name)
  }
  return copy
}

const mutated = (valid: fc.Arbitrary<unknown>) =>
  fc
    .tuple(valid, fc.nat(100_000), junk, anyText)
    .map(([value, place, other, name]) => mutate(value, place, other, name))

/** Text that is not JSON, or JSON of a kind that no object of JavaScript has. */
const strange = (valid: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.constantFrom('{', '\0', 'null', '"\\ud800"', '{"__proto__":{"enabled":true}}', '1e400', '﻿{}', '{"a":1e999}'),
    fc.constantFrom('['.repeat(50_000), `${'['.repeat(5000)}${']'.repeat(5000)}`, `"${'x'.repeat(270_000)}"`),
    fc.tuple(valid, fc.nat(200)).map(([text, at]) => text.slice(0, at)),
    anyText,
  )

/** The text of a body for a schema: mostly what it takes, or what it nearly takes. */
export function bodyText(schema: JsonSchema, example: unknown): fc.Arbitrary<string | undefined> {
  const described = like(schema)
  const valid = example === undefined ? described : fc.oneof(fc.constant(example), described)
  const text = valid.map((value) => JSON.stringify(value))
  return fc.oneof(
    { weight: 5, arbitrary: text },
    { weight: 7, arbitrary: mutated(valid).map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: strange(text) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}
