/** A field that changes; `from` is undefined where there was none. */
export interface Difference {
  path: string
  from: unknown
  to: unknown
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields of `after` that are not so in `before`, by their paths. Lists are compared as wholes: their order counts. */
export function differences(before: object, after: object, above = ''): Difference[] {
  return Object.entries(after).flatMap(([name, to]) => {
    const from = (before as Record<string, unknown>)[name]
    const path = `${above}${name}`
    if (isFields(to)) return differences(isFields(from) ? from : {}, to, `${path}.`)
    return to === undefined || JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }]
  })
}
