import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda'
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import { type FunctionName, type FunctionNeeds, functions } from '../functions.ts'
import { pathInProject } from '../project-files.ts'
import type { Tables } from './tables.ts'
import { executionsArn, workflowArn, workflowNames } from './workflow.ts'

const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  // Some CommonJS dependencies call require, which an ES module does not have.
  banner: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);",
  // What was tested is what runs: the runtime's own copy of the SDK changes by itself.
  bundleAwsSDK: true,
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
}

/** What functions act on. */
export interface Resources {
  readonly tables: Tables
  readonly bus: EventBus
}

/** One function of the control plane; its role and its environment variables hold what infra/functions.ts gives it. */
export class ControlPlaneFunction extends Construct {
  readonly lambda: NodejsFunction
  readonly #role: Role

  constructor(scope: Construct, environment: Environment, name: FunctionName, resources: Resources) {
    super(scope, name)
    const needs: FunctionNeeds = functions[name]
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${physicalName(environment, name)}`,
      retention: environment.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    logGroup.grantWrite(this.#role)
    this.lambda = new NodejsFunction(this, 'Function', {
      functionName: physicalName(environment, name),
      description: needs.purpose,
      entry: pathInProject(needs.entry),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(needs.timeoutSeconds),
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { NODE_OPTIONS: '--enable-source-maps' },
      projectRoot: pathInProject(''),
      depsLockFilePath: pathInProject('package-lock.json'),
      bundling,
    })
    this.#connectTables(needs, resources.tables)
    if (needs.publishesEvents) this.#connectBus(resources.bus)
    if (needs.workflows.length > 0) this.#connectWorkflows(needs, environment)
  }

  #connectTables(needs: FunctionNeeds, tables: Tables): void {
    for (const [name, actions] of Object.entries(needs.tables)) {
      const table = tables.named(name)
      const onIndexes = actions.filter((action) => action === 'Query' || action === 'Scan')
      this.#allow('dynamodb', actions, [table.tableArn])
      this.#allow('dynamodb', onIndexes, tables.indexArns(name))
      this.lambda.addEnvironment(`${name.toUpperCase()}_TABLE`, table.tableName)
    }
  }

  #connectBus(bus: EventBus): void {
    this.#allow('events', ['PutEvents'], [bus.eventBusArn])
    this.lambda.addEnvironment('EVENT_BUS_NAME', bus.eventBusName)
  }

  #connectWorkflows(needs: FunctionNeeds, environment: Environment): void {
    const stack = Stack.of(this)
    const machines = workflowNames.map((name) => workflowArn(stack, environment, name))
    const executions = workflowNames.map((name) => executionsArn(stack, environment, name))
    const onExecutions = needs.workflows.filter((action) => action === 'DescribeExecution')
    // AWS checks the answer to a task token, too, against the ARN of the state machine that gave the token out.
    const onMachines = needs.workflows.filter((action) => action !== 'DescribeExecution')
    this.#allow('states', onMachines, machines)
    this.#allow('states', onExecutions, executions)
    if (onExecutions.length > 0) this.#acknowledgeExecutions(stack, executions)
    for (const name of workflowNames) {
      this.lambda.addEnvironment(`${name.toUpperCase()}_STATE_MACHINE_ARN`, workflowArn(stack, environment, name))
    }
  }

  #acknowledgeExecutions(stack: Stack, executions: string[]): void {
    for (const arn of executions) {
      Validations.of(this.#role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${flattenCfnReference(stack.resolve(arn))}]`,
        reason: 'Executions are named after transitions, at run time: the name of the state machine is the narrowest.',
      })
    }
  }

  #allow(service: string, actions: readonly string[], resources: string[]): void {
    if (actions.length === 0 || resources.length === 0) return
    this.#role.addToPolicy(new PolicyStatement({ actions: actions.map((action) => `${service}:${action}`), resources }))
  }
}
