import { ArnFormat, type Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import { readText } from '../project-files.ts'
import { createLog } from './log.ts'

/** The workflows: each is statemachines/<name>.asl.json. */
export const transitionNames = ['failover', 'fallback', 'recovery'] as const
export const workflowNames = [...transitionNames, 'schedule'] as const
export type WorkflowName = (typeof workflowNames)[number]

/** The ARN of a workflow, known before it exists: a workflow calls a function that may itself start workflows. */
export function workflowArn(stack: Stack, environment: Environment, name: WorkflowName): string {
  return stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: physicalName(environment, name),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

/** The pattern of the ARNs of all executions of a workflow, which are named at run time. */
export function executionsArn(stack: Stack, environment: Environment, name: WorkflowName): string {
  return stack.formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${physicalName(environment, name)}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

/** One workflow. Its time limit stands in its file, which the `timeout` of the library's construct does not reach. */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine

  constructor(scope: Construct, environment: Environment, name: WorkflowName, step: IFunction) {
    super(scope, `${name}-workflow`)
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') })
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [step.functionArn] }))
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'IAM knows no resource for the delivery of vended logs and for X-Ray; nothing else stands under "*".',
    })
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: physicalName(environment, name),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition(name)),
      definitionSubstitutions: { WorkflowStepFunctionArn: step.functionArn },
      role,
      tracingEnabled: true,
      logs: {
        // The prefix keeps the log group's resource policy from growing with every state machine of the account.
        destination: createLog(this, 'Log', environment, `/aws/vendedlogs/states/${physicalName(environment, name)}`),
        level: LogLevel.ALL,
        includeExecutionData: true,
      },
    })
  }
}

/** The file without its white space, which would count against the limits of a template. */
function definition(name: WorkflowName): string {
  return JSON.stringify(JSON.parse(readText(`statemachines/${name}.asl.json`)))
}
