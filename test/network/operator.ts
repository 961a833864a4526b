import { createInterface } from 'node:readline'
import { fromIni } from '@aws-sdk/credential-providers'
import { createClient } from '../../apps/client/node-client.ts'
import { ProblemError } from '../../apps/client/problem.ts'

/** An operator at the control plane's place: a request a line comes in, an answer a line goes out. */
const [endpoint = '', filepath = ''] = process.argv.slice(2)
const client = createClient({ endpoint, region: 'us-east-1', credentials: fromIni({ filepath, profile: 'operator' }) })

for await (const line of createInterface(process.stdin)) {
  const { id, ...request } = JSON.parse(line)
  const answer = await client.request(request).then(
    ({ body }) => ({ id, body }),
    (error: Error) => ({ id, error: error instanceof ProblemError ? error.message : String(error) }),
  )
  console.log(JSON.stringify(answer))
}
