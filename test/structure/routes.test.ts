import { describedRoutes } from '../../domain/openapi.ts'
import routes from '../../domain/routes.json' with { type: 'json' }
import { sources } from './source.ts'

const keys = routes.map(({ method, path }) => `${method} ${path}`).sort()

describe('the routes', () => {
  it('are all described in the OpenAPI document, and nothing else is', () => {
    expect(describedRoutes().sort()).toEqual(keys)
  })

  it('are all handled by the function that they name', () => {
    const handlers = sources('functions/handlers')
    for (const { method, path, function: name } of routes) {
      const handler = handlers.find((source) => source.path === `functions/handlers/${name}.ts`)
      expect({ path, handled: handler?.text.includes(`${method} ${path}`) }).toEqual({ path, handled: true })
    }
  })
})
