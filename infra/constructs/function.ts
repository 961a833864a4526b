import { Duration, Stack, Validations } from 'aws-cdk-lib'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import { Construct } from 'constructs'
import { type Environment, physicalName, serviceName } from '../environments/environment.ts'
import { type FunctionName, type FunctionNeeds, functions, type WorkflowAction } from '../functions.ts'
import { functionCode } from './bundle.ts'
import { createLog } from './log.ts'
import { metricNamespace } from './metrics.ts'
import type { OnCall } from './on-call.ts'
import type { Tables } from './tables.ts'
import { executionsArn, transitionNames, type WorkflowName, workflowArn } from './workflow.ts'

/** What functions act on. */
export interface Resources {
  readonly tables: Tables
  readonly bus: EventBus
  readonly onCall: OnCall
}

/** One function of the control plane; its role and its environment variables hold what infra/functions.ts gives it. */
export class ControlPlaneFunction extends Construct {
  readonly lambda: LambdaFunction
  readonly #role: Role

  constructor(scope: Construct, environment: Environment, name: FunctionName, resources: Resources) {
    super(scope, name)
    const needs: FunctionNeeds = functions[name]
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    const logGroup = createLog(this, 'Log', environment, `/aws/lambda/${physicalName(environment, name)}`)
    const reservedConcurrentExecutions = environment.reservedConcurrency?.[name]
    logGroup.grantWrite(this.#role)
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: physicalName(environment, name),
      description: needs.purpose,
      code: functionCode(needs.entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(needs.timeoutSeconds),
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Lambda's own three lines about each call would cost more than the call, and its metrics say the same.
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: needs.traced ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: serviceName(environment),
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
      },
    })
    if (needs.traced) this.#acknowledgeTracing()
    this.#connectTables(needs, resources.tables, environment)
    if (needs.publishesEvents) this.#connectBus(resources.bus)
    this.#connectWorkflows(environment, transitionNames, needs.workflows)
    this.#connectWorkflows(environment, ['schedule'], needs.schedules ?? [])
    if (needs.tellsOnCall) this.#connectOnCall(environment, resources.onCall)
  }

  #connectTables(needs: FunctionNeeds, tables: Tables, { historyDays }: Environment): void {
    for (const [name, actions] of Object.entries(needs.tables)) {
      const table = tables.named(name)
      const onIndexes = actions.filter((action) => action === 'Query' || action === 'Scan')
      this.#allow('dynamodb', actions, [table.tableArn])
      this.#allow('dynamodb', onIndexes, tables.indexArns(name))
      this.lambda.addEnvironment(`${name.toUpperCase()}_TABLE`, table.tableName)
    }
    if (needs.tables.history) this.lambda.addEnvironment('HISTORY_DAYS', String(historyDays))
  }

  #connectBus(bus: EventBus): void {
    this.#allow('events', ['PutEvents'], [bus.eventBusArn])
    this.lambda.addEnvironment('EVENT_BUS_NAME', bus.eventBusName)
  }

  #connectOnCall(environment: Environment, { incidents, key }: OnCall): void {
    this.#allow('sns', ['Publish'], [incidents.topicArn])
    this.#allow('kms', ['Decrypt', 'GenerateDataKey'], [key.keyArn])
    this.lambda.addEnvironment('ALERT_TOPIC_ARN', incidents.topicArn)
    this.lambda.addEnvironment('ENVIRONMENT_NAME', environment.name)
  }

  #connectWorkflows(
    environment: Environment,
    names: readonly WorkflowName[],
    actions: readonly WorkflowAction[],
  ): void {
    if (actions.length === 0) return
    const stack = Stack.of(this)
    const machines = names.map((name) => workflowArn(stack, environment, name))
    const executions = names.map((name) => executionsArn(stack, environment, name))
    const onExecutions = actions.filter((action) => action === 'DescribeExecution')
    // AWS checks the answer to a task token, too, against the ARN of the state machine that gave the token out.
    const onMachines = actions.filter((action) => action !== 'DescribeExecution')
    this.#allow('states', onMachines, machines)
    this.#allow('states', onExecutions, executions)
    if (onExecutions.length > 0) this.#acknowledgeExecutions(stack, executions)
    for (const name of names) {
      this.lambda.addEnvironment(`${name.toUpperCase()}_STATE_MACHINE_ARN`, workflowArn(stack, environment, name))
    }
  }

  #acknowledgeTracing(): void {
    Validations.of(this.#role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'IAM knows no resource for X-Ray; nothing else stands under "*".',
    })
  }

  #acknowledgeExecutions(stack: Stack, executions: string[]): void {
    for (const arn of executions) {
      Validations.of(this.#role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${flattenCfnReference(stack.resolve(arn))}]`,
        reason:
          'Executions are named after transitions and schedules, at run time: the name of the state machine is the narrowest.',
      })
    }
  }

  #allow(service: string, actions: readonly string[], resources: string[]): void {
    if (actions.length === 0 || resources.length === 0) return
    this.#role.addToPolicy(new PolicyStatement({ actions: actions.map((action) => `${service}:${action}`), resources }))
  }
}
