import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib'
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Table } from 'aws-cdk-lib/aws-dynamodb'
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { singleFileBundle } from './deployed-bundle.ts'

/**
 * A CDK app of its own, deployed beside the control plane of the environment `emulator`: the function that heartbeats
 * are measured against, with the heartbeat function's runtime and memory, behind IAM and a path as long as theirs.
 */
const code = mkdtempSync(join(tmpdir(), 'understudy-bare-'))
await singleFileBundle(fileURLToPath(new URL('bare-api-handler.ts', import.meta.url)), code)

const app = new App()
const stack = new Stack(app, 'understudy-emulator-bare')
const bare = new LambdaFunction(stack, 'Bare', {
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  memorySize: 512,
  timeout: Duration.seconds(10),
  handler: 'index.handler',
  code: Code.fromAsset(code),
})
const groups = Table.fromTableName(stack, 'Groups', 'understudy-emulator-groups')
groups.grant(bare, 'dynamodb:UpdateItem')
const api = new HttpApi(stack, 'Api', { defaultAuthorizer: new HttpIamAuthorizer() })
api.addRoutes({
  path: '/clusters/{cluster}/nodes/{node}/bareupdate',
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration('Integration', bare),
})
const caller = new ManagedPolicy(stack, 'Caller', {
  statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [api.arnForExecuteApi()] })],
})
new CfnOutput(stack, 'ApiEndpoint', { value: api.apiEndpoint })
new CfnOutput(stack, 'CallerPolicyArn', { value: caller.managedPolicyArn })
app.synth()
rmSync(code, { recursive: true })
