import { type App, CfnOutput, Stack } from 'aws-cdk-lib'
import { Api } from '../constructs/api.ts'
import { ControlPlaneFunction, type Resources } from '../constructs/function.ts'
import { SweeperSchedule } from '../constructs/sweeper.ts'
import { Workflow, workflowNames } from '../constructs/workflow.ts'
import type { Environment } from '../environments/environment.ts'
import type { FunctionName } from '../functions.ts'
import { readRoutes } from '../project-files.ts'

/** What can be thrown away and deployed again: functions, workflows, the API and the schedule. */
export class StatelessStack extends Stack {
  constructor(app: App, name: string, environment: Environment, resources: Resources) {
    super(app, name, {
      description: `Understudy (${environment.name}): functions, workflows and the API`,
      ...(environment.target && { env: environment.target }),
    })
    const lambda = (name: FunctionName) => new ControlPlaneFunction(this, environment, name, resources).lambda
    const step = lambda('workflow-step')
    for (const workflow of workflowNames) {
      new Workflow(this, environment, workflow, step)
    }
    new SweeperSchedule(this, 'SweeperSchedule', environment, lambda('sweeper'))
    const answering = (['heartbeat', 'configuration', 'commands', 'queries'] as const).map(
      (name) => [name, lambda(name)] as const,
    )
    const api = new Api(this, 'Api', environment, readRoutes(), new Map(answering))
    new CfnOutput(this, 'ApiEndpoint', { value: api.endpoint })
  }
}
