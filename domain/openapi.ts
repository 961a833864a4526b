import * as z from 'zod'
import {
  acknowledgementSchema,
  brakeSchema,
  clusterSchema,
  commandSchema,
  enterpriseParametersPatchSchema,
  groupSchema,
  highAvailabilitySchema,
  maintenanceSchema,
  nodeSchema,
  recoverySchema,
  serviceParametersPatchSchema,
} from './contract/configuration.ts'
import { heartbeatSchema } from './contract/heartbeat.ts'
import { EXAMPLES } from './openapi-examples.ts'
import { SCHEDULE_OPERATIONS } from './openapi-schedules.ts'
import { SESSION_OPERATIONS, SESSION_QUERY } from './openapi-sessions.ts'
import { USER_OPERATIONS } from './openapi-users.ts'
import routes from './routes.json' with { type: 'json' }

export interface Operation {
  summary: string
  body?: z.core.$ZodType
  answers: Record<number, string>
  /** A body that is sent, and the body of the answer to it. */
  examples?: { body?: unknown; answer?: unknown }
}

const REFUSED = 'The state does not allow it; says the state and what is possible now.'

const DRY =
  'With dryRun=true: { plan: { outcome, steps: [{ step, rules, orders, nodes, disconnects, waitsFor, atMostSeconds }], ' +
  'atMostSeconds } }; nothing is changed.'

/** What each route is for. A route without an entry here, or an entry without a route, fails a test. */
const OPERATIONS: Record<string, Operation> = {
  'GET /openapi.json': { summary: 'This document', answers: { 200: 'OpenAPI 3.1' } },
  'GET /clusters': { summary: 'All clusters', answers: { 200: '{ clusters }' } },
  'GET /clusters/{cluster}': { summary: 'One cluster with its parameters', answers: { 200: 'The cluster' } },
  'PUT /clusters/{cluster}': {
    summary: 'Create or change a cluster',
    body: clusterSchema,
    answers: { 200: 'The cluster', 422: 'The parameters break a rule together.' },
  },
  'DELETE /clusters/{cluster}': {
    summary: 'Delete a cluster without nodes',
    answers: { 204: 'Gone', 409: 'It still has nodes.' },
  },
  'PATCH /clusters/{cluster}/service-parameters': {
    summary: 'Change some service parameters; the whole is validated, and running nodes learn it without a restart',
    body: serviceParametersPatchSchema,
    answers: { 200: 'All service parameters', 422: 'The parameters break a rule together.' },
  },
  'PATCH /clusters/{cluster}/enterprise-parameters': {
    summary: 'Change enterprise parameters',
    body: enterpriseParametersPatchSchema,
    answers: { 200: 'All enterprise parameters' },
  },
  'GET /clusters/{cluster}/nodes': { summary: 'The nodes of a cluster', answers: { 200: '{ nodes }' } },
  'GET /clusters/{cluster}/nodes/{node}': {
    summary:
      'One node; beside its clientReLogin the recommendedReLogin, from the users of its group and its capacityClass: ' +
      'upper = 120 + users / usersPerSecond',
    answers: { 200: 'The node' },
  },
  'PUT /clusters/{cluster}/nodes/{node}': {
    summary: 'Create or change a node',
    body: nodeSchema,
    answers: { 200: 'The node', 422: 'It would differ from its peer in publisher or version.' },
  },
  'DELETE /clusters/{cluster}/nodes/{node}': {
    summary: 'Delete a node that is in no group',
    answers: { 204: 'Gone', 409: 'It is in a group.' },
  },
  'POST /clusters/{cluster}/nodes/{node}/heartbeats': {
    summary: "An agent's heartbeat; the answer carries the lease, the doors to hold open, commands and settings",
    body: heartbeatSchema,
    answers: { 200: 'Accepted', 403: "The caller is not the node's principal.", 409: 'Not newer than the last one.' },
  },
  'GET /clusters/{cluster}/groups': { summary: 'The status of all groups', answers: { 200: '{ groups }' } },
  'GET /clusters/{cluster}/groups/{group}': { summary: 'The whole status of a group', answers: { 200: 'The status' } },
  'PUT /clusters/{cluster}/groups/{group}': {
    summary: 'Create or change a group of one or two nodes',
    body: groupSchema,
    answers: {
      200: 'The group',
      409: 'High availability is on, so its nodes cannot change; or one that would leave has users.',
      422: 'A node is unknown or in another group, or the two differ.',
    },
  },
  'DELETE /clusters/{cluster}/groups/{group}': {
    summary: 'Delete a group whose high availability is off',
    answers: { 204: 'Gone', 409: 'High availability is on, or a node has users.' },
  },
  'GET /clusters/{cluster}/groups/{group}/readiness': {
    summary: 'Is the group ready for high availability? Each check with what was found and what to do',
    answers: { 200: 'The report' },
  },
  'PUT /clusters/{cluster}/groups/{group}/high-availability': {
    summary: 'Enable or disable high availability',
    body: highAvailabilitySchema,
    answers: { 200: 'The status', 409: 'Not ready (with the report), or not at rest.' },
  },
  'POST /clusters/{cluster}/groups/{group}/failover': {
    summary: 'Fail over from a node that is Normal',
    body: commandSchema,
    answers: { 200: DRY, 202: 'The transition has begun.', 409: REFUSED },
  },
  'POST /clusters/{cluster}/groups/{group}/fallback': {
    summary: 'Fall back to a node',
    body: commandSchema,
    answers: { 200: DRY, 202: 'The transition has begun.', 409: REFUSED },
  },
  'POST /clusters/{cluster}/groups/{group}/recovery': {
    summary: 'Recover a group whose nodes are both in failed mode',
    body: recoverySchema,
    answers: { 200: DRY, 202: 'The transition has begun.', 409: REFUSED },
  },
  ...SCHEDULE_OPERATIONS,
  'PUT /clusters/{cluster}/groups/{group}/maintenance': {
    summary:
      'Begin, change or end maintenance of a group: nothing automatic happens, and what would have happened is said. ' +
      'Commands of operators pass',
    body: maintenanceSchema,
    answers: { 200: 'The status', 422: '`until` has passed.' },
  },
  'PUT /clusters/{cluster}/nodes/{node}/maintenance': {
    summary: 'Begin, change or end maintenance of a node; while it lasts, nothing automatic happens to its group',
    body: maintenanceSchema,
    answers: { 200: 'The status of its group', 409: 'It is in no group.', 422: '`until` has passed.' },
  },
  'POST /clusters/{cluster}/groups/{group}/acknowledgement': {
    summary: 'On-call has seen the incidents; what a cut-off has switched off is on again',
    body: acknowledgementSchema,
    answers: { 200: 'The status', 409: 'There is nothing to acknowledge.' },
  },
  'GET /clusters/{cluster}/groups/{group}/history': {
    summary: 'What happened to a group, newest first, or oldest first with order=oldest (limit, cursor, since)',
    answers: { 200: '{ events, cursor }' },
  },
  'GET /clusters/{cluster}/groups/{group}/transitions/{transition}': {
    summary: 'One transition with its steps',
    answers: { 200: 'The transition' },
  },
  ...USER_OPERATIONS,
  ...SESSION_OPERATIONS,
  'GET /brake': {
    summary:
      'The fleet brake: whether it holds and since when, its numbers, and the groups that it holds back, ' +
      'each with the node that is silent',
    answers: {
      200:
        '{ version, holds, hold: { since, by, reason }, leastGroups, leastPercent, groups, countedAt, silentGroups, ' +
        'heldBack: [{ cluster, group, node, silentSince }], release: { at, by } }',
    },
  },
  'PUT /brake': {
    summary:
      'Release the fleet brake (holds: false), so that the groups that it holds back fail over; hold it by hand ' +
      '(holds: true, with a reason); change its numbers. Commands of operators always pass',
    body: brakeSchema,
    answers: { 200: 'The fleet brake', 422: 'Nothing is asked for, or a hold has no reason.' },
  },
  'GET /events': {
    summary: 'Changes of all groups, oldest first (cursor, since, wait up to 20 seconds)',
    answers: { 200: '{ events, cursor }' },
  },
}

const QUERY: Record<string, string[]> = {
  'GET /clusters': ['limit', 'cursor'],
  'GET /clusters/{cluster}/nodes': ['limit', 'cursor'],
  'GET /clusters/{cluster}/groups': ['limit', 'cursor'],
  'POST /clusters/{cluster}/groups/{group}/failover': ['dryRun'],
  'POST /clusters/{cluster}/groups/{group}/fallback': ['dryRun'],
  'POST /clusters/{cluster}/groups/{group}/recovery': ['dryRun'],
  'GET /clusters/{cluster}/groups/{group}/history': ['limit', 'cursor', 'since', 'order'],
  'GET /clusters/{cluster}/users': ['limit', 'cursor', 'node'],
  'GET /clusters/{cluster}/users/{user}/login': ['device'],
  ...SESSION_QUERY,
  'GET /events': ['cursor', 'since', 'wait'],
}

type Route = (typeof routes)[number]

/** What is changed under a version: configuration, and the fleet brake. */
const hasVersion = ({ function: name, method, path }: Route): boolean =>
  name === 'configuration' || (method === 'PUT' && path === '/brake')

/** What a PUT may make: `If-None-Match: *` lets it change nothing that is there already. */
const mayBeNew = ({ function: name, method }: Route): boolean => name === 'configuration' && method === 'PUT'

/** A heartbeat's sequence is its key. */
const headersOf = (route: Route): string[] => [
  ...(['POST', 'PUT'].includes(route.method) && route.function !== 'heartbeat' ? ['Idempotency-Key'] : []),
  ...(hasVersion(route) ? ['If-Match'] : []),
  ...(mayBeNew(route) ? ['If-None-Match'] : []),
]

const parameter = (place: 'path' | 'query' | 'header', name: string) => ({
  name,
  in: place,
  required: place === 'path',
  schema: { type: 'string' },
})

const parametersOf = (route: Route) => [
  ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter('path', name)),
  ...(QUERY[`${route.method} ${route.path}`] ?? []).map((name) => parameter('query', name)),
  ...headersOf(route).map((name) => parameter('header', name)),
]

function operation(route: Route) {
  const { method, path } = route
  const described: Operation = OPERATIONS[`${method} ${path}`] ?? { summary: '', answers: {} }
  const { summary, body, answers } = described
  const examples = described.examples ?? EXAMPLES[`${method} ${path}`] ?? {}
  const success = Object.keys(answers).find((status) => status.startsWith('2'))
  const ofAnswer =
    examples.answer === undefined ? {} : { content: { 'application/json': { example: examples.answer } } }
  const problem = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
  const all: Record<number, string> = {
    ...answers,
    ...(body ? { 400: 'Malformed; `errors` names each path.' } : {}),
    ...(hasVersion(route)
      ? {
          412: `\`If-Match\` names another version${mayBeNew(route) ? ', or it is there although `If-None-Match` wants it not to be' : ''}.`,
        }
      : {}),
    ...(path.includes('{') ? { 404: 'Not found.' } : {}),
  }
  return {
    summary,
    parameters: parametersOf(route),
    ...(body ? { requestBody: requestBody(body, examples.body) } : {}),
    responses: Object.fromEntries(
      Object.entries(all).map(([status, description]) => [
        status,
        { description, ...(Number(status) >= 400 ? problem : status === success ? ofAnswer : {}) },
      ]),
    ),
  }
}

const requestBody = (body: z.core.$ZodType, example: unknown) => ({
  required: true,
  content: { 'application/json': { schema: jsonSchema(body), ...(example === undefined ? {} : { example }) } },
})

const jsonSchema = (schema: z.core.$ZodType) => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return json
}

/** The OpenAPI 3.1 document of the API, generated from the schemas that validate its calls. */
export function openApi() {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Understudy',
      version: '1',
      description: 'Keeps pairs of presence servers available. Every call is signed with SigV4 (service execute-api).',
    },
    paths,
    components: {
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'code'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { type: 'string' },
            requestId: { type: 'string' },
            errors: {
              type: 'array',
              items: {
                type: 'object',
                properties: { path: { type: 'string' }, message: { type: 'string' } },
              },
            },
            state: { type: 'array' },
            allowedActions: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    },
  }
}

/** For the tests that hold routes, operations and examples together. */
export const describedRoutes = (): string[] => Object.keys(OPERATIONS)
export const exampleBodies = () =>
  Object.entries(OPERATIONS).flatMap(([route, { body, examples = EXAMPLES[route] }]) =>
    body && examples?.body !== undefined ? [{ route, schema: body, body: examples.body }] : [],
  )
export const routesWithBody = () => Object.entries(OPERATIONS).flatMap(([route, { body }]) => (body ? [route] : []))
