import { writeFileSync } from 'node:fs'
import { openApi } from '../domain/openapi.ts'
import { policyDocument } from '../domain/policy-document.ts'

/** Writes the documents that are made from the code. */
const write = (name: string, text: string) => writeFileSync(new URL(name, import.meta.url), text)
write('policy.md', policyDocument())
write('openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`)
