import { ArnFormat, CfnOutput, Stack, Validations } from 'aws-cdk-lib'
import { type IRole, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import type { Caller, Route } from '../project-files.ts'

const policies = [
  { caller: 'operator', name: 'operator', output: 'OperatorPolicyArn', description: 'every call of the API' },
  { caller: 'viewer', name: 'viewer', output: 'ViewerPolicyArn', description: 'the calls that only read' },
  {
    caller: 'agent',
    name: 'node-agent',
    output: 'NodeAgentPolicyArn',
    description: 'the calls of a node; its principal says which one it is',
  },
] as const satisfies { caller: Caller; name: string; output: string; description: string }[]

/** The roles of those who sign in to the console. */
export type ConsoleRoles = Readonly<Record<'operator' | 'viewer', IRole>>

/** Managed policies, to attach to whoever calls the API: each allows the routes that name it among their callers. */
export class AccessPolicies extends Construct {
  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    apiId: string,
    routes: Route[],
    consoleRoles?: ConsoleRoles,
  ) {
    super(scope, id)
    const stack = Stack.of(this)
    for (const { caller, name, output, description } of policies) {
      const resources = routes
        .filter(({ callers }) => callers.includes(caller))
        .map((route) => arn(stack, apiId, route))
      const policy = new ManagedPolicy(this, name, {
        managedPolicyName: physicalName(environment, name),
        description: `Understudy (${environment.name}): ${description}`,
        statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources })],
        roles: consoleRoles && caller !== 'agent' ? [consoleRoles[caller]] : [],
      })
      acknowledge(policy, stack, resources)
      new CfnOutput(stack, output, { value: policy.managedPolicyArn })
    }
  }
}

/** The ARN of a route, with "*" for what is named only when it is called. */
function arn(stack: Stack, apiId: string, { method, path }: Route): string {
  return stack.formatArn({
    service: 'execute-api',
    resource: apiId,
    resourceName: `$default/${method}${path.replaceAll(/\{\w+\}/g, '*')}`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  })
}

function acknowledge(policy: ManagedPolicy, stack: Stack, resources: string[]): void {
  for (const resource of resources) {
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${flattenCfnReference(stack.resolve(resource))}]`,
      reason: 'Clusters, nodes and groups are named by operators, after the deployment; the path is otherwise whole.',
    })
  }
}
