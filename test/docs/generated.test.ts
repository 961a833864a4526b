import { readFileSync } from 'node:fs'
import { openApi } from '../../domain/openapi.ts'
import { policyDocument } from '../../domain/policy-document.ts'

const committed = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

describe('the documents that are made from the code', () => {
  it('policy.md is what the tables say (else: npm run docs)', () => {
    expect(committed('policy.md')).toBe(policyDocument())
  })

  it('openapi.json is what the contract says (else: npm run docs)', () => {
    expect(JSON.parse(committed('openapi.json'))).toEqual(JSON.parse(JSON.stringify(openApi())))
  })
})
