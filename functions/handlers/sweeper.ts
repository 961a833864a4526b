import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SFNClient } from '@aws-sdk/client-sfn'
import type { Context } from 'aws-lambda'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { createCountStore } from '../adapters/count-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { during } from '../adapters/invocation.ts'
import { observe } from '../adapters/observe.ts'
import { createUserStore } from '../adapters/user-store.ts'
import { arnOfMachine, brakePorts, dispatch } from '../composition.ts'
import { countForBrake } from '../usecases/brake.ts'
import { sweep } from '../usecases/sweep.ts'
import { settleLeftOvers } from '../usecases/user-counts.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const userPorts = {
  users: createUserStore(client, requireEnv('USERS_TABLE')),
  counts: createCountStore(client, requireEnv('USERS_TABLE')),
  clock: systemClock,
}
const ports = {
  groups,
  clusters: createClusterStore(client, requireEnv('CLUSTERS_TABLE')),
  clock: systemClock,
  dispatch: async () => dispatch(client, groups),
  observe,
  workflows: new SFNClient({}),
  arnOf: arnOfMachine,
  countForBrake: (groupCount: number) => countForBrake(brakePorts(client), groupCount),
  settleUsers: (cluster: string) => settleLeftOvers(userPorts, cluster),
}

/** Called once a minute. */
export const handler = (_: unknown, { awsRequestId }: Context) =>
  during(
    () => ({ requestId: awsRequestId }),
    () => sweep(ports),
  )
