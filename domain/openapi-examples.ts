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
  'PUT /clusters/{cluster}': {
    body: { databasePublisher: 'publisher', serviceParameters: { keepAliveTimeoutSeconds: 60 } },
  },
  'PATCH /clusters/{cluster}/service-parameters': { body: { criticalServiceDelaySeconds: 60 } },
  'PATCH /clusters/{cluster}/enterprise-parameters': { body: { userAssignmentMode: 'active-standby' } },
  'PUT /clusters/{cluster}/nodes/{node}': {
    body: {
      hostName: 'alpha.example.com',
      softwareVersion: '15.0',
      principal: 'arn:aws:iam::111122223333:role/alpha',
      clientReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 537 },
    },
  },
  'POST /clusters/{cluster}/nodes/{node}/heartbeats': {
    body: {
      group: 'pair',
      incarnation: 1,
      sequence: 7,
      bootId: 'b1946ac9-2492-4d23-8f04-0a3d1c5b6e70',
      sentAtMs: 1769896800000,
      epoch: 3,
      answeredMsAgo: 1000,
      softwareVersion: '15.0',
      services: { 'XCP Router': { state: 'running', forMs: 86400000 } },
      database: { state: 'running', forMs: 86400000 },
      replicationSetup: 2,
      gate: { open: ['alpha'], kind: 'front' },
    },
  },
  'PUT /clusters/{cluster}/groups/{group}': { body: { description: 'The pair of the demo', nodes: ['alpha', 'beta'] } },
  'PUT /clusters/{cluster}/groups/{group}/high-availability': { body: { enabled: true, force: false } },
  'PUT /clusters/{cluster}/groups/{group}/maintenance': {
    body: { enabled: true, reason: 'new disks', until: '2026-01-31T23:00:00Z' },
  },
  'PUT /clusters/{cluster}/nodes/{node}/maintenance': { body: { enabled: true, reason: 'new disks' } },
  'POST /clusters/{cluster}/groups/{group}/acknowledgement': { body: {} },
  'PUT /brake': { body: { holds: true, reason: 'the network of the site is being changed' } },
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
