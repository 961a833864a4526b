import { Duration, Stack } from 'aws-cdk-lib'
import { EventBus } from 'aws-cdk-lib/aws-events'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'

/** The bus on which every change is published [B32], and the archive from which they can be replayed. */
export class EventFeed extends Construct {
  readonly bus: EventBus

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id)
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: physicalName(environment, 'events'),
      description: 'What happens to groups: state changes, commands, refusals, alerts',
    })
    if (environment.eventArchiveDays !== undefined) {
      this.bus.archive('Archive', {
        archiveName: physicalName(environment, 'events'),
        // All that is published here comes from this account: the pattern leaves nothing out.
        eventPattern: { account: [Stack.of(this).account] },
        retention: Duration.days(environment.eventArchiveDays),
      })
    }
  }
}
