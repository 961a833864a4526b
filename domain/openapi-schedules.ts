import { scheduleSchema } from './contract/configuration.ts'
import type { Operation } from './openapi.ts'

/** What the routes of schedules are for. */
export const SCHEDULE_OPERATIONS: Record<string, Operation> = {
  'POST /clusters/{cluster}/groups/{group}/schedules': {
    summary:
      'Plan a failover or fallback for a time; it is run then as if its author had called. What the state does not ' +
      'allow then is refused, and on-call is told',
    body: scheduleSchema,
    answers: {
      201: '{ schedule: { id, action, node, at, by, reason, madeAt } }',
      409: 'Another is planned for that moment, there are too many, or high availability is off.',
      422: '`at` has passed, or is more than a year away.',
    },
  },
  'GET /clusters/{cluster}/groups/{group}/schedules': {
    summary: 'What is planned for a group, the soonest first',
    answers: { 200: '{ schedules }' },
  },
  'DELETE /clusters/{cluster}/groups/{group}/schedules/{schedule}': {
    summary: 'Cancel what is planned',
    answers: { 204: 'Gone' },
  },
}
