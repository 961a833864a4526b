/** One field of a form. Its path is that of the contract, and of what the API complains about. */
export interface Field {
  path: string
  label: string
  kind: 'text' | 'number' | 'switch' | 'list' | 'choice'
  /** Beside the field: what it means, between what it may be. */
  description?: string
  unit?: string
  /** Of a choice; of a list: what can be put on it. */
  options?: readonly Option[]
  /** Empty is nothing, which stands for this. */
  whenEmpty?: string
  /** Why it cannot be changed now. */
  fixed?: string
}
export interface Option {
  value: string
  label: string
  description?: string
}

/** What stands in a field, as one types it. */
export type Typed = string | boolean | readonly string[]
export type Draft = Readonly<Record<string, Typed>>

/** A field that is not the same in two drafts. */
export interface Change {
  field: Field
  from: Typed
  to: Typed
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const valueAt = (body: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((found, name) => (isRecord(found) && Object.hasOwn(found, name) ? found[name] : undefined), body)

function typedFrom({ kind }: Field, value: unknown): Typed {
  if (kind === 'switch') return value === true
  if (kind === 'list') return Array.isArray(value) ? value.map(String) : []
  return value === undefined || value === null ? '' : String(value)
}

/** What a form shows of a body that the API answered. */
export const draftOf = (fields: readonly Field[], body: object): Draft =>
  Object.fromEntries(fields.map((field) => [field.path, typedFrom(field, valueAt(body, field.path))]))

/** A comma is what many type in a number. */
function numberFrom(text: string): number {
  const plain = text.trim().replace(',', '.')
  return plain === '' ? Number.NaN : Number(plain)
}

/** The value that is sent; undefined: it is left out. */
export function sentValue({ kind, whenEmpty, options }: Field, typed: Typed): unknown {
  if (typeof typed !== 'string') return typed
  const isEmpty = typed.trim() === ''
  if (isEmpty && whenEmpty !== undefined) return undefined
  const isNumber = kind === 'number' || (kind === 'choice' && options?.some(({ value }) => /^\d+$/.test(value)))
  return isNumber ? numberFrom(typed) : typed.trim()
}

/** The body that is sent: what the form was opened with, and over it what stands in its fields. */
export function bodyOf(fields: readonly Field[], draft: Draft, opened: object = {}): Record<string, unknown> {
  const body: Record<string, unknown> = structuredClone(opened) as Record<string, unknown>
  for (const field of fields) put(body, field.path.split('.'), sentValue(field, draft[field.path] ?? ''))
  return body
}

function put(body: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): void {
  if (rest.length > 0) {
    const inner = body[name]
    const below = isRecord(inner) ? inner : {}
    body[name] = below
    put(below, rest, value)
  } else if (value === undefined) {
    delete body[name]
  } else {
    body[name] = value
  }
}

const isSame = (field: Field, one: Typed, other: Typed): boolean =>
  Object.is(sentValue(field, one), sentValue(field, other)) ||
  JSON.stringify([sentValue(field, one)]) === JSON.stringify([sentValue(field, other)])

/** What differs, in the order of the fields; `60` and `60.0` do not. */
export const changesOf = (fields: readonly Field[], before: Draft, after: Draft): Change[] =>
  fields.flatMap((field) => {
    const [from, to] = [before[field.path] ?? '', after[field.path] ?? '']
    return isSame(field, from, to) ? [] : [{ field, from, to }]
  })

/** A field that somebody else changed while one had the form open. */
export interface Meanwhile {
  field: Field
  was: Typed
  theirs: Typed
  yours: Typed
  /** Both changed it, and not to the same. */
  isConflict: boolean
}

/** What is different now from what the form was opened with. */
export const meanwhileOf = (fields: readonly Field[], opened: Draft, now: Draft, draft: Draft): Meanwhile[] =>
  changesOf(fields, opened, now).map(({ field, from, to }) => {
    const yours = draft[field.path] ?? ''
    return {
      field,
      was: from,
      theirs: to,
      yours,
      isConflict: !isSame(field, yours, from) && !isSame(field, yours, to),
    }
  })

/** What one has typed upon what stands now: of a field that both changed, `kept` says whether one's own stays. */
export function builtUpon(
  fields: readonly Field[],
  opened: Draft,
  now: Draft,
  draft: Draft,
  kept: Readonly<Record<string, boolean>>,
): Draft {
  const merged: Record<string, Typed> = { ...now }
  for (const { field, to } of changesOf(fields, opened, draft)) merged[field.path] = to
  for (const { field, theirs, isConflict } of meanwhileOf(fields, opened, now, draft)) {
    if (isConflict && kept[field.path] !== true) merged[field.path] = theirs
  }
  return merged
}

/** What stands in a field, in words. */
export function typedText({ kind, unit, options, whenEmpty }: Field, typed: Typed): string {
  if (kind === 'switch') return typed === true ? 'on' : 'off'
  if (typeof typed !== 'string') return Array.isArray(typed) && typed.length > 0 ? typed.join(', ') : 'none'
  if (typed.trim() === '') return whenEmpty ?? 'nothing'
  const label = options?.find(({ value }) => value === typed)?.label ?? typed.trim()
  return unit === undefined ? label : `${label} ${unit}`
}

/** What the API complained about, at the fields of the form; `elsewhere` is about none of them. */
export function complaintsAt(fields: readonly Field[], errors: readonly { path: string; message: string }[]) {
  const at: Record<string, string> = {}
  const elsewhere: string[] = []
  for (const { path, message } of errors) {
    const field = fields.find((each) => path === each.path || path.startsWith(`${each.path}.`))
    if (field) at[field.path] ??= message
    else elsewhere.push(path === '' ? message : `${path}: ${message}`)
  }
  return { at, elsewhere }
}
