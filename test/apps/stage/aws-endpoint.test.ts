import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge'
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn'
import * as z from 'zod'
import { AwsError, operation, startAwsEndpoint } from '../../../apps/stage/aws-endpoint.ts'
import type { LoopbackServer } from '../../../apps/stage/loopback-server.ts'

let endpoint: LoopbackServer
let reported: unknown[]
let clients: { destroy(): void }[]

beforeEach(async () => {
  reported = []
  clients = []
  const states = {
    DescribeExecution: operation(z.object({ executionArn: z.string().min(1) }), ({ executionArn }) => {
      if (executionArn === 'bug') throw new TypeError('a bug of ours')
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`)
    }),
  }
  endpoint = await startAwsEndpoint({
    services: { AWSStepFunctions: states },
    onError: (error, target) => reported.push([error, target]),
  })
})

afterEach(async () => {
  for (const client of clients) client.destroy()
  await endpoint.close()
})

const settings = () => ({
  endpoint: endpoint.origin,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
})

function describeExecution(executionArn: string) {
  const client = new SFNClient(settings())
  clients.push(client)
  return client.send(new DescribeExecutionCommand({ executionArn }))
}

describe('the AWS endpoint', () => {
  it('makes the SDK raise the exception that a service means', async () => {
    const answer = describeExecution('arn')

    await expect(answer).rejects.toThrow(ExecutionDoesNotExist)
    await expect(answer).rejects.toThrow("Execution Does Not Exist: 'arn'")
  })

  it('checks an input before the service sees it', async () => {
    await expect(describeExecution('')).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('answers 500 for an error of its own, and reports it', async () => {
    await expect(describeExecution('bug')).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    })
    expect(reported).toEqual([[new TypeError('a bug of ours'), 'AWSStepFunctions.DescribeExecution']])
  })

  it('says so when it has no such operation, and when the body is no JSON', async () => {
    const client = new EventBridgeClient(settings())
    clients.push(client)
    await expect(client.send(new ListRulesCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' })

    const headers = { 'x-amz-target': 'AWSStepFunctions.DescribeExecution' }
    const response = await fetch(endpoint.origin, { method: 'POST', headers, body: '{' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' })
  })
})
