import type { HttpEvent } from './http.ts'
import { ProblemError } from './problem.ts'

export const queryParameter = (event: HttpEvent, name: string): string | undefined =>
  event.queryStringParameters?.[name]

export interface Bounds {
  least: number
  most: number
  fallback: number
}

/** A whole number within its bounds. */
export function wholeParameter(event: HttpEvent, name: string, { least, most, fallback }: Bounds): number {
  const text = queryParameter(event, name)
  if (text === undefined) return fallback
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new ProblemError(400, 'BadParameter', `${name} must be a whole number from ${least} to ${most}, not "${text}".`)
}

/** A parameter that is on or off; left out, it is off. */
export function flagParameter(event: HttpEvent, name: string): boolean {
  const text = queryParameter(event, name)
  if (text === undefined || text === 'false') return false
  if (text === 'true') return true
  throw new ProblemError(400, 'BadParameter', `${name} must be true or false, not "${text}".`)
}

/** Which entries of a history come first; left out: the newest. */
export function orderParameter(event: HttpEvent): 'newest' | 'oldest' {
  const text = queryParameter(event, 'order')
  if (text === undefined || text === 'newest') return 'newest'
  if (text === 'oldest') return 'oldest'
  throw new ProblemError(400, 'BadParameter', `order must be newest or oldest, not "${text}".`)
}

/** One of these words. */
export function chosenParameter<Word extends string>(event: HttpEvent, name: string, words: readonly Word[]) {
  const text = queryParameter(event, name)
  const word = words.find((each) => each === text)
  if (text === undefined || word !== undefined) return word
  throw new ProblemError(400, 'BadParameter', `${name} must be ${words.join(' or ')}, not "${text}".`)
}

/** The last time whose year has four digits: keys are compared as text. */
export const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** `since`, in ms; left out where it is not given. */
export function sinceParameter(event: HttpEvent): number | undefined {
  const text = queryParameter(event, 'since')
  if (text === undefined) return undefined
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs) || atMs > LAST_TIME_MS) {
    throw new ProblemError(400, 'BadSince', 'since must be a time in ISO 8601, like 2026-01-31T12:00:00Z.')
  }
  return Math.max(0, atMs)
}

/** As long a page as a list of this API has: no cluster has more nodes, and so no more groups. */
const LONGEST_PAGE = 200

export interface Page {
  limit: number
  /** The name after which the page begins. */
  after: string | undefined
}

/** `limit` and `cursor` of a list; the cursor is a name. */
export function pageParameters(event: HttpEvent): Page {
  const limit = wholeParameter(event, 'limit', { least: 1, most: LONGEST_PAGE, fallback: LONGEST_PAGE })
  const after = queryParameter(event, 'cursor')
  if (after !== undefined && !/^[\w.-]{1,128}$/.test(after)) throw badCursor()
  return { limit, after }
}

/** The names of one page, in order, and the cursor of the next where there is one. */
export const pageOf = (names: string[], { limit, after }: Page): { page: string[]; cursor?: string } =>
  cut(names.filter((name) => after === undefined || name > after).sort(), limit, (name) => name)

/** The first page of a list; the cursor is its last entry's name, where the list goes on. */
export function cut<Entry>(list: Entry[], limit: number, nameOf: (entry: Entry) => string) {
  const page = list.slice(0, limit)
  const last = page.at(-1)
  return { page, ...(last !== undefined && list.length > limit ? { cursor: nameOf(last) } : {}) }
}

export const badCursor = () => new ProblemError(400, 'BadCursor', 'The cursor is not one that this API gave.')
