import { type App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { type Environment, physicalName } from './environments/environment.ts'
import { ConsoleStack } from './stacks/console.ts'
import { StatefulStack } from './stacks/stateful.ts'
import { StatelessStack } from './stacks/stateless.ts'

/** The stacks of one environment. */
export interface Stacks {
  readonly stateful: StatefulStack
  readonly stateless: StatelessStack
  readonly console?: ConsoleStack
}

/**
 * The whole deployment of one environment. What keeps data stands apart, so that the rest can be replaced at will.
 * @param consoleFolder The built files of the console, which are read where the environment has one.
 */
export function addStacks(app: App, environment: Environment, consoleFolder: string): Stacks {
  const stateful = new StatefulStack(app, physicalName(environment, 'stateful'), environment)
  const console =
    environment.console && new ConsoleStack(app, physicalName(environment, 'console'), environment, environment.console)
  const stateless = new StatelessStack(
    app,
    physicalName(environment, 'stateless'),
    environment,
    stateful,
    console && { stack: console, folder: consoleFolder },
  )
  for (const stack of [stateful, stateless, ...(console ? [console] : [])]) {
    Tags.of(stack).add('application', 'understudy')
    Tags.of(stack).add('environment', environment.name)
  }
  return { stateful, stateless, ...(console && { console }) }
}

/** Ends the synthesis at what cdk-nag finds and nobody has given a reason for. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks())
}
