import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  clusterSchema,
  enterpriseParametersSchema,
  groupSchema,
  nameSchema,
  nodeNameSchema,
  nodeSchema,
  serviceParametersPatchSchema,
} from '../../domain/contract/configuration.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { dispatch } from '../composition.ts'
import type { HttpEvent } from '../http.ts'
import { answer, byRoute, checked, httpHandler, jsonBody, parameter } from '../http.ts'
import {
  deleteCluster,
  deleteGroup,
  deleteNode,
  patchServiceParameters,
  putCluster,
  putEnterpriseParameters,
  putGroup,
  putNode,
} from '../usecases/configure.ts'
import { clusterView, groupView, nodeView } from '../views.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const ports = {
  groups,
  clusters: createClusterStore(client, requireEnv('CLUSTERS_TABLE')),
  clock: systemClock,
  dispatch: async () => dispatch(client, groups),
}

const cluster = (event: HttpEvent) => parameter(event, 'cluster')
/** A new name is checked by its rule; a path that only looks something up need not be. */
const newName = (event: HttpEvent, name: string, schema: typeof nameSchema) => checked(schema, parameter(event, name))

/** Clusters, nodes, groups and parameters [B1]–[B6]. */
export const handler = httpHandler(
  byRoute({
    'PUT /clusters/{cluster}': async (event) => {
      const body = checked(clusterSchema, jsonBody(event))
      return answer(200, clusterView(await putCluster(ports, newName(event, 'cluster', nameSchema), body)))
    },
    'DELETE /clusters/{cluster}': async (event) => {
      await deleteCluster(ports, cluster(event))
      return { statusCode: 204 }
    },
    'PATCH /clusters/{cluster}/service-parameters': async (event) => {
      const patch = checked(serviceParametersPatchSchema, jsonBody(event)) as Partial<ServiceParameters>
      return answer(200, (await patchServiceParameters(ports, cluster(event), patch)).serviceParameters)
    },
    'PATCH /clusters/{cluster}/enterprise-parameters': async (event) => {
      const body = checked(enterpriseParametersSchema, jsonBody(event))
      return answer(200, (await putEnterpriseParameters(ports, cluster(event), body)).enterpriseParameters)
    },
    'PUT /clusters/{cluster}/nodes/{node}': async (event) => {
      const node = newName(event, 'node', nodeNameSchema)
      const body = checked(nodeSchema, jsonBody(event))
      return answer(200, nodeView(await putNode(ports, cluster(event), node, body), node))
    },
    'DELETE /clusters/{cluster}/nodes/{node}': async (event) => {
      await deleteNode(ports, cluster(event), parameter(event, 'node'))
      return { statusCode: 204 }
    },
    'PUT /clusters/{cluster}/groups/{group}': async (event) => {
      const group = newName(event, 'group', nameSchema)
      const body = checked(groupSchema, jsonBody(event))
      return answer(200, groupView(await putGroup(ports, cluster(event), group, body), group))
    },
    'DELETE /clusters/{cluster}/groups/{group}': async (event) => {
      await deleteGroup(ports, cluster(event), parameter(event, 'group'))
      return { statusCode: 204 }
    },
  }),
)
