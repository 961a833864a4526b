import { type App, CfnOutput, Stack } from 'aws-cdk-lib'
import { AccessPolicies } from '../constructs/access.ts'
import { IncidentAlerts } from '../constructs/alerts.ts'
import { Api } from '../constructs/api.ts'
import { ConsoleFiles } from '../constructs/console-files.ts'
import { type ControlPlane, ControlPlaneAlarms } from '../constructs/control-plane-alarms.ts'
import { Dashboard } from '../constructs/dashboard.ts'
import { EventLog } from '../constructs/event-log.ts'
import { ControlPlaneFunction, type Resources } from '../constructs/function.ts'
import { GroupAlarms } from '../constructs/group-alarms.ts'
import { SweeperSchedule } from '../constructs/sweeper.ts'
import { Workflow, workflowNames } from '../constructs/workflow.ts'
import type { Environment } from '../environments/environment.ts'
import type { FunctionName } from '../functions.ts'
import { functions as allFunctions } from '../functions.ts'
import { readRoutes, readTableShapes } from '../project-files.ts'
import type { ConsoleStack } from './console.ts'

/** The console's address, and the folder with its built files. */
export interface Console {
  readonly stack: ConsoleStack
  readonly folder: string
}

/**
 * What can be thrown away and deployed again: functions, workflows, the API, the schedule, what watches them, and the files
 * of the console.
 */
export class StatelessStack extends Stack {
  constructor(app: App, name: string, environment: Environment, resources: Resources, console?: Console) {
    super(app, name, {
      description: `Understudy (${environment.name}): functions, workflows, the API, alarms and the dashboard`,
      terminationProtection: environment.deletionProtection,
      ...(environment.target && { env: environment.target }),
    })
    const controlPlane = this.#addControlPlane(environment, resources, console)
    this.#watch(environment, controlPlane, resources)
  }

  #addControlPlane(environment: Environment, resources: Resources, console?: Console): ControlPlane {
    const lambda = (name: FunctionName) => new ControlPlaneFunction(this, environment, name, resources).lambda
    const functions = Object.fromEntries(names.map((name) => [name, lambda(name)])) as ControlPlane['functions']
    const workflows = new Map(
      workflowNames.map((name) => [
        name,
        new Workflow(this, environment, name, functions['workflow-step']).stateMachine,
      ]),
    )
    const schedule = new SweeperSchedule(this, 'SweeperSchedule', environment, functions.sweeper)
    const alerts = new IncidentAlerts(this, 'Alerts', environment, resources.bus, functions.alerts)
    new EventLog(this, 'EventLog', environment, resources.bus)
    const routes = readRoutes()
    const api = new Api(
      this,
      'Api',
      environment,
      routes,
      new Map(Object.entries(functions)),
      console?.stack.site.address,
    )
    new AccessPolicies(this, 'Access', environment, api.http.apiId, routes, console?.stack.signIn.roles)
    if (console) {
      new ConsoleFiles(this, 'ConsoleFiles', environment, console.stack, api.http.apiEndpoint, console.folder)
    }
    new CfnOutput(this, 'ApiEndpoint', { value: api.http.apiEndpoint })
    const deadLetters = { sweeper: schedule.deadLetters, alerts: alerts.deadLetters }
    return { api, functions, workflows, deadLetters, tables: readTableShapes() }
  }

  #watch(environment: Environment, controlPlane: ControlPlane, { onCall }: Resources): void {
    const groups = new GroupAlarms(this, 'GroupAlarms', environment)
    const itself = new ControlPlaneAlarms(this, 'ControlPlaneAlarms', environment, controlPlane, onCall.controlPlane)
    new Dashboard(this, 'Dashboard', environment, controlPlane, { groups: groups.alarms, controlPlane: itself.alarms })
  }
}

const names = Object.keys(allFunctions) as FunctionName[]
