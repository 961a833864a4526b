import { type App, CfnOutput, Stack } from 'aws-cdk-lib'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import { EventFeed } from '../constructs/events.ts'
import { OnCall } from '../constructs/on-call.ts'
import { Tables } from '../constructs/tables.ts'
import type { Environment } from '../environments/environment.ts'
import { readTableShapes } from '../project-files.ts'

/** What must outlive a deployment: the tables, the bus with its archive, and who is told, which people confirmed. */
export class StatefulStack extends Stack {
  readonly tables: Tables
  readonly bus: EventBus
  readonly onCall: OnCall

  constructor(app: App, name: string, environment: Environment) {
    super(app, name, {
      description: `Understudy (${environment.name}): the tables, the event bus and the roads to on-call`,
      terminationProtection: environment.deletionProtection,
      ...(environment.target && { env: environment.target }),
    })
    const shapes = readTableShapes()
    this.tables = new Tables(this, 'Tables', environment, shapes)
    this.bus = new EventFeed(this, 'Events', environment).bus
    this.onCall = new OnCall(this, 'OnCall', environment)
    for (const name of Object.keys(shapes)) {
      new CfnOutput(this, `${capitalized(name)}TableName`, { value: this.tables.named(name).tableName })
    }
    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName })
    new CfnOutput(this, 'IncidentTopicArn', { value: this.onCall.incidents.topicArn })
    new CfnOutput(this, 'ControlPlaneTopicArn', { value: this.onCall.controlPlane.topicArn })
  }
}

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)
