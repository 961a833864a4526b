import { readFileSync } from 'node:fs'
import { commandSchema, recoverySchema, scheduleSchema } from '../../domain/contract/configuration.ts'
import { describedRoutes, openApi } from '../../domain/openapi.ts'
import { EXAMPLES } from '../../domain/openapi-examples.ts'
import { policyDocument } from '../../domain/policy-document.ts'

const committed = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

describe('the examples of openapi.json', () => {
  it('are taken by the schemas that validate what is sent', () => {
    const group = '/clusters/{cluster}/groups/{group}'
    const schemas: Record<string, typeof commandSchema | typeof recoverySchema | typeof scheduleSchema> = {
      [`POST ${group}/failover`]: commandSchema,
      [`POST ${group}/fallback`]: commandSchema,
      [`POST ${group}/recovery`]: recoverySchema,
      [`POST ${group}/schedules`]: scheduleSchema,
    }
    const sent = Object.entries(EXAMPLES).filter(([, { request }]) => request !== undefined)
    expect(sent.map(([route]) => route).sort()).toEqual(Object.keys(schemas).sort())
    for (const [route, { request }] of sent) expect(schemas[route]?.safeParse(request).error).toBeUndefined()
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
})
