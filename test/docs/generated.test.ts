import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { exampleBodies, openApi } from '../../domain/openapi.ts'
import { policyDocument } from '../../domain/policy-document.ts'

const committed = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

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
