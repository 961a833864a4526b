import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { describedRoutes, exampleBodies, openApi, routesWithBody } from '../../domain/openapi.ts'
import { EXAMPLES } from '../../domain/openapi-examples.ts'
import { policyDocument } from '../../domain/policy-document.ts'

const committed = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

describe('the examples of openapi.json', () => {
  it('are taken by the schemas that validate what is sent', () => {
    expect(exampleBodies().length).toBeGreaterThan(0)
    for (const { route, schema, body } of exampleBodies())
      expect({ route, ...z.safeParse(schema, body) }).toMatchObject({ success: true })
  })

  it('show a body for every route that takes one', () => {
    expect(exampleBodies().map(({ route }) => route)).toEqual(routesWithBody())
  })

  it('are of routes that there are', () => {
    expect(Object.keys(EXAMPLES).filter((route) => !describedRoutes().includes(route))).toEqual([])
  })
})

describe('the documents that are made from the code', () => {
  it('policy.md is what the tables say (else: npm run docs)', () => {
    expect(committed('policy.md')).toBe(policyDocument())
  })

  it('openapi.json is what the contract says (else: npm run docs)', () => {
    expect(JSON.parse(committed('openapi.json'))).toEqual(JSON.parse(JSON.stringify(openApi())))
  })

  it.each(exampleBodies())('the example of $route is a body that it takes', ({ schema, body }) => {
    expect(z.safeParse(schema, body)).toMatchObject({ success: true })
  })
})
