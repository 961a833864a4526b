import { RemovalPolicy } from 'aws-cdk-lib'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Environment } from '../environments/environment.ts'

/** A log group, kept as long as its environment says. One that is protected outlives its stack. */
export function createLog(scope: Construct, id: string, environment: Environment, logGroupName: string): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName,
    retention: environment.logRetentionDays,
    // A log that a failed first deployment made is not kept: its name would stand in the way of the second.
    removalPolicy: environment.deletionProtection ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  })
}
