/** What must run before a service: names of other services. */
export interface Ordered {
  name: string
  after: string[]
}

/** Services that wait for one another in a circle, as a path back to its first; undefined where there is none. */
export function circle(services: Ordered[]): string[] | undefined {
  const after = new Map(services.map((service) => [service.name, service.after]))
  const free = new Set<string>()
  const walk = (name: string, path: string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (free.has(name)) return undefined
    for (const before of after.get(name) ?? []) {
      const found = walk(before, [...path, name])
      if (found) return found
    }
    free.add(name)
    return undefined
  }
  for (const { name } of services) {
    const found = walk(name, [])
    if (found) return found
  }
  return undefined
}

/** Those that must be stopped before it: the services that are started after it. */
export const dependents = (services: Ordered[], name: string): string[] =>
  services.filter(({ after }) => after.includes(name)).map((service) => service.name)

/**
 * Does `work` for each service as soon as it is done for those before it, and for those without order at once. `work` is
 * given the results of those before.
 */
export function inOrder<Result>(
  names: string[],
  before: (name: string) => string[],
  work: (name: string, earlier: Result[]) => Promise<Result>,
): Promise<Result[]> {
  const begun = new Map<string, Promise<Result>>()
  const begin = (name: string): Promise<Result> => {
    const known = begun.get(name)
    if (known) return known
    const earlier = before(name).filter((other) => names.includes(other))
    const result = Promise.all(earlier.map(begin)).then((results) => work(name, results))
    begun.set(name, result)
    return result
  }
  return Promise.all(names.map(begin))
}
