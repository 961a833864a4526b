/** A route as domain/routes.json names it: a path with `{parameters}`, the function that serves it, who may call it. */
export type Route = { method: string; path: string; function: string; callers: string[] }

export type FoundRoute = Route & { pathParameters: Record<string, string> }
export type Router = (method: string, path: string) => FoundRoute | undefined

/** Finds the route of a decoded path as API Gateway does: a literal segment wins over a parameter. */
export function createRouter(routes: Route[]): Router {
  const candidates = routes
    .map((route) => ({ route, segments: route.path.split('/') }))
    .sort((one, other) => (rank(one.segments) < rank(other.segments) ? -1 : 1))

  return (method, path) => {
    const segments = path.split('/')
    for (const candidate of candidates) {
      if (candidate.route.method !== method) continue
      const pathParameters = match(candidate.segments, segments)
      if (pathParameters) return { ...candidate.route, pathParameters }
    }
    return undefined
  }
}

/** Orders literal segments before parameters, from left to right. */
function rank(segments: string[]): string {
  return segments.map((segment) => (parameterOf(segment) ? '1' : '0')).join('')
}

function parameterOf(segment: string): string | undefined {
  return /^\{(\w+)\}$/.exec(segment)?.[1]
}

function match(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const found = segments[index] ?? ''
    const parameter = parameterOf(expected)
    if (parameter ? found === '' : found !== expected) return undefined
    if (parameter) parameters[parameter] = found
  }
  return parameters
}
