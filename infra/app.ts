import { type App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { type Environment, physicalName } from './environments/environment.ts'
import { StatefulStack } from './stacks/stateful.ts'
import { StatelessStack } from './stacks/stateless.ts'

/** The whole deployment of one environment. What keeps data stands apart, so that the rest can be replaced at will. */
export function addStacks(app: App, environment: Environment): { stateful: StatefulStack; stateless: StatelessStack } {
  const stateful = new StatefulStack(app, physicalName(environment, 'stateful'), environment)
  const stateless = new StatelessStack(app, physicalName(environment, 'stateless'), environment, stateful)
  for (const stack of [stateful, stateless]) {
    Tags.of(stack).add('application', 'understudy')
    Tags.of(stack).add('environment', environment.name)
  }
  return { stateful, stateless }
}

/** Ends the synthesis at what cdk-nag finds and nobody has given a reason for. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks())
}
