import type { Operation } from './openapi.ts'

const BY = 'arn:aws:iam::111122223333:user/operator'
const NODE = { node: 'alpha' }

const schedule = {
  id: 'schedule-3f2a9c104b7d',
  action: 'failover',
  node: 'alpha',
  at: '2026-01-31T22:00:00.000Z',
  by: BY,
  reason: 'new disks',
  madeAt: '2026-01-31T12:00:00.000Z',
}

const transition = {
  id: 'failover-3f2a9c',
  kind: 'failover',
  trigger: 'OnAdminRequest',
  from: 'alpha',
  to: 'beta',
  requestedBy: BY,
}

const begun = {
  ...transition,
  step: 'Release',
  startedAt: '2026-01-31T22:00:00.000Z',
  stepTimes: [{ step: 'Release', startedAt: '2026-01-31T22:00:00.000Z', durationMs: 0 }],
  waitingUntil: '2026-01-31T22:00:55.000Z',
}

const stepTimes = [
  { step: 'Release', startedAt: '2026-01-31T22:00:00.000Z', durationMs: 164 },
  { step: 'TakeOver', startedAt: '2026-01-31T22:00:00.164Z', durationMs: 174 },
]

const ended = {
  version: '1',
  cluster: 'demo',
  group: 'pair',
  status: 'SUCCEEDED',
  rule: 400,
  why: 'The critical services of x are stopped: the failover is complete [B20].',
  x: 'alpha',
  facts: ['automatic', 'running', 'trigger.OnAdminRequest', 'x.present', 'x.stopSettled', 'y.present'],
  transition,
  durationMs: 338,
  stepTimes,
}

/** By method and path; of routes whose description has none. A test holds each body to the schema that validates it. */
export const EXAMPLES: Readonly<Record<string, Operation['examples']>> = {
  'POST /clusters/{cluster}/groups/{group}/failover': {
    body: NODE,
    answer: { transition: begun },
  },
  'POST /clusters/{cluster}/groups/{group}/fallback': { body: NODE },
  'POST /clusters/{cluster}/groups/{group}/recovery': { body: {} },
  'POST /clusters/{cluster}/groups/{group}/schedules': {
    body: { action: 'failover', node: 'alpha', at: '2026-01-31T22:00:00Z', reason: 'new disks' },
    answer: { schedule },
  },
  'GET /clusters/{cluster}/groups/{group}/schedules': { answer: { schedules: [schedule] } },
  'GET /clusters/{cluster}/groups/{group}/history': {
    answer: {
      events: [
        {
          id: '01769896800338-44-01',
          at: '2026-01-31T22:00:00.338Z',
          source: 'understudy',
          detailType: 'Transition State Change',
          detail: ended,
        },
      ],
      cursor: '01769896800338-44-01',
    },
  },
  'GET /clusters/{cluster}/groups/{group}/transitions/{transition}': {
    answer: {
      ...transition,
      status: 'SUCCEEDED',
      rule: ended.rule,
      why: ended.why,
      startedAt: '2026-01-31T22:00:00.000Z',
      endedAt: '2026-01-31T22:00:00.338Z',
      durationMs: 338,
      stepTimes,
      steps: [{ at: '2026-01-31T22:00:00.338Z', what: 'Transition State Change', detail: ended }],
    },
  },
}
