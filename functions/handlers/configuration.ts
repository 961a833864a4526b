import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Cluster } from '../../domain/cluster.ts'
import {
  clusterSchema,
  enterpriseParametersPatchSchema,
  groupSchema,
  nameSchema,
  nodeNameSchema,
  nodeSchema,
  serviceParametersPatchSchema,
} from '../../domain/contract/configuration.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { createCountStore } from '../adapters/count-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { observe } from '../adapters/observe.ts'
import { createRequestStore } from '../adapters/request-store.ts'
import { publishOnly } from '../composition.ts'
import type { HttpEvent } from '../http.ts'
import {
  byRoute,
  callerOf,
  checked,
  configurationAnswer,
  httpHandler,
  jsonBody,
  newName,
  parameter,
  preconditionOf,
} from '../http.ts'
import { idempotently } from '../idempotency.ts'
import {
  deleteCluster,
  deleteGroup,
  deleteNode,
  patchEnterpriseParameters,
  patchServiceParameters,
  putCluster,
  putGroup,
  putNode,
} from '../usecases/configure.ts'
import { clusterView, groupView, nodeView } from '../views.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const ports = {
  groups,
  clusters: createClusterStore(client, requireEnv('CLUSTERS_TABLE')),
  counts: createCountStore(client, requireEnv('USERS_TABLE')),
  clock: systemClock,
  dispatch: async () => publishOnly(client, groups),
  observe,
}

const cluster = (event: HttpEvent) => parameter(event, 'cluster')

const callOf = (event: HttpEvent) => ({ by: callerOf(event), builtUpon: preconditionOf(event) })

const once = idempotently(createRequestStore(client, requireEnv('REQUESTS_TABLE')))
const gone = { statusCode: 204 }

/** Clusters, nodes, groups and parameters [B1]–[B6]. Each may be bound to what the caller read (`If-Match`, `If-None-Match`). */
export const handler = httpHandler(
  byRoute({
    'PUT /clusters/{cluster}': once(async (event) => {
      const name = newName(event, 'cluster', nameSchema)
      const body = checked(clusterSchema, jsonBody(event))
      const changed = await putCluster(ports, name, body, callOf(event))
      return configurationAnswer(changed.version, clusterView(changed))
    }),
    'DELETE /clusters/{cluster}': async (event) => {
      await deleteCluster(ports, cluster(event), callOf(event))
      return gone
    },
    'PATCH /clusters/{cluster}/service-parameters': async (event) => {
      const patch = checked(serviceParametersPatchSchema, jsonBody(event)) as Partial<ServiceParameters>
      const changed = await patchServiceParameters(ports, cluster(event), patch, callOf(event))
      return configurationAnswer(changed.version, changed.serviceParameters)
    },
    'PATCH /clusters/{cluster}/enterprise-parameters': async (event) => {
      const patch = checked(enterpriseParametersPatchSchema, jsonBody(event)) as Partial<
        Cluster['enterpriseParameters']
      >
      const changed = await patchEnterpriseParameters(ports, cluster(event), patch, callOf(event))
      return configurationAnswer(changed.version, changed.enterpriseParameters)
    },
    'PUT /clusters/{cluster}/nodes/{node}': once(async (event) => {
      const node = newName(event, 'node', nodeNameSchema)
      const body = checked(nodeSchema, jsonBody(event))
      const changed = await putNode(ports, cluster(event), node, body, callOf(event))
      return configurationAnswer(changed.version, nodeView(changed, node))
    }),
    'DELETE /clusters/{cluster}/nodes/{node}': async (event) => {
      await deleteNode(ports, cluster(event), parameter(event, 'node'), callOf(event))
      return gone
    },
    'PUT /clusters/{cluster}/groups/{group}': once(async (event) => {
      const group = newName(event, 'group', nameSchema)
      const body = checked(groupSchema, jsonBody(event))
      const changed = await putGroup(ports, cluster(event), group, body, callOf(event))
      return configurationAnswer(changed.version, groupView(changed, group))
    }),
    'DELETE /clusters/{cluster}/groups/{group}': async (event) => {
      await deleteGroup(ports, cluster(event), parameter(event, 'group'), callOf(event))
      return gone
    },
  }),
)
