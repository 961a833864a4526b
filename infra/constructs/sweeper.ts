import { Duration } from 'aws-cdk-lib'
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { EventInvokeConfig, type IFunction } from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { type IScheduleTarget, Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import { ScheduleTargetBase, type ScheduleTargetBaseProps } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import { createDeadLetters } from './dead-letters.ts'

const period = Duration.minutes(1)

/**
 * Runs the sweeper once a minute. A sweep that fails is not tried again, as the next one does the same work; that it
 * failed is kept in the dead-letter queue, whether the schedule could not deliver it or the function broke down.
 */
export class SweeperSchedule extends Construct {
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, environment: Environment, sweeper: IFunction) {
    super(scope, id)
    this.deadLetters = createDeadLetters(this, environment, 'sweeper')
    new Schedule(this, 'Schedule', {
      scheduleName: physicalName(environment, 'sweeper'),
      description: 'Finishes moves and drives effects again',
      schedule: ScheduleExpression.rate(period),
      target: new InvokeFunction(sweeper, { deadLetterQueue: this.deadLetters, maxEventAge: period, retryAttempts: 0 }),
    })
    new EventInvokeConfig(this, 'Invocation', {
      function: sweeper,
      maxEventAge: period,
      retryAttempts: 0,
      onFailure: new SqsDestination(this.deadLetters),
    })
  }
}

/** As the target of the library, but allowed to call this function only, and not any version of it. */
class InvokeFunction extends ScheduleTargetBase implements IScheduleTarget {
  constructor(lambda: IFunction, props: ScheduleTargetBaseProps) {
    super(props, lambda.functionArn)
  }

  protected override addTargetActionToRole(role: IRole): void {
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.targetArn] }))
  }
}
