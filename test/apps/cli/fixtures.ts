import type { EventRecord, GroupStatus, NodeStatus, TransitionReport } from '../../../apps/client/answers.ts'

/** Noon, when all pictures of the tests are taken. */
export const NOW = '2026-01-31T12:00:00.000Z'
const secondsAgo = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1000).toISOString()
const inSeconds = (seconds: number) => secondsAgo(-seconds)

const SERVICES = ['Client Profile Agent', 'Sync Agent', 'XCP Router', 'SIP Proxy', 'Presence Engine']

const node = (name: string, more: Partial<NodeStatus> = {}): NodeStatus => ({
  node: name,
  state: 'Normal',
  reason: 'Normal',
  since: secondsAgo(3 * 3600 + 7 * 60),
  lastHeartbeatAt: secondsAgo(0.4),
  reachable: true,
  serving: true,
  serves: [name],
  doors: [{ usersOf: name, granted: true, open: true, leaseUntil: inSeconds(55) }],
  gate: 'nftables',
  fenced: false,
  users: 12,
  maintenance: null,
  softwareVersion: '14.0',
  criticalServices: Object.fromEntries(
    SERVICES.map((service) => [service, { state: 'running' as const, since: secondsAgo(4 * 3600) }]),
  ),
  databaseService: { state: 'running', since: secondsAgo(4 * 3600) },
  ...more,
})

export const normal: GroupStatus = {
  cluster: 'demo',
  group: 'pair',
  description: '',
  highAvailability: true,
  version: 42,
  nodes: [node('a'), node('b', { users: 1 })],
  transition: null,
  maintenance: null,
  restores: [],
  cutOffs: [],
  withheld: null,
  schedules: [],
  explanation: 'Both nodes are healthy and each serves its own users.',
  next: [],
  recommendedActions: [],
  incidents: [],
  allowedActions: ['failover'],
  allowed: [
    { action: 'failover', node: 'a' },
    { action: 'failover', node: 'b' },
  ],
}

const failing = { state: 'failed' as const, since: secondsAgo(5) }

/** A service of a is down, and the Critical Service Delay runs. */
export const delayed: GroupStatus = {
  ...normal,
  description: 'the pair of the demo',
  nodes: [
    node('a', { criticalServices: { ...node('a').criticalServices, 'XCP Router': failing } }),
    node('b', { lastHeartbeatAt: secondsAgo(14) }),
  ],
  transition: {
    id: 'pair-1',
    kind: 'failover',
    trigger: 'CriticalServiceDown',
    from: 'a',
    to: 'b',
    requestedBy: 'understudy',
    step: 'CriticalServiceDelay',
    stepTimes: [{ step: 'CriticalServiceDelay', startedAt: secondsAgo(5), durationMs: 5000 }],
    startedAt: secondsAgo(5),
    waitingUntil: inSeconds(10),
  },
  explanation: 'A critical service of a is down: unless it comes back, b takes over in 10 s.',
}

/** An operator's failover of a, at work. */
export const failingOver: GroupStatus = {
  ...normal,
  nodes: [
    node('a', { state: 'FailingOver', reason: 'OnAdminRequest', since: secondsAgo(1.25), serving: false, serves: [] }),
    node('b', { state: 'TakingOver', reason: 'OnAdminRequest', since: secondsAgo(1.25) }),
  ],
  transition: {
    id: 'pair-2',
    kind: 'failover',
    trigger: 'OnAdminRequest',
    from: 'a',
    to: 'b',
    requestedBy: 'arn:aws:iam::000000000000:user/operator',
    step: 'Release',
    stepTimes: [{ step: 'Release', startedAt: secondsAgo(1.25), durationMs: 1250 }],
    startedAt: secondsAgo(1.25),
    waitingUntil: inSeconds(3),
  },
  explanation: 'An operator asked for a failover from a to b; it is in progress.',
  incidents: [],
  allowedActions: [],
  allowed: [],
}

/** a has been silent for two minutes, and b serves everybody. */
export const failedOver: GroupStatus = {
  ...normal,
  nodes: [
    node('a', {
      state: 'FailedOverWithCriticalServicesNotRunning',
      reason: 'PeerDown',
      since: secondsAgo(95),
      lastHeartbeatAt: secondsAgo(155),
      reachable: false,
      serving: false,
      serves: [],
      databaseService: { state: 'unknown', since: secondsAgo(155) },
      criticalServices: Object.fromEntries(
        SERVICES.map((service) => [service, { state: 'unknown' as const, since: secondsAgo(155) }]),
      ),
    }),
    node('b', { state: 'RunningInBackupMode', reason: 'PeerDown', since: secondsAgo(95), serves: ['a', 'b'] }),
  ],
  explanation:
    'Node a was not heard for the keep-alive timeout, and its peer, node b, took its users over. Node a is still not heard.',
  recommendedActions: [
    'Find out why node a is not heard, and repair it.',
    'When all critical services run on node a, fall back to node a.',
  ],
  incidents: [],
  allowedActions: ['fallback'],
  allowed: [{ action: 'fallback', node: 'a' }],
}

const asked = {
  id: 'pair-2',
  kind: 'failover' as const,
  trigger: 'OnAdminRequest' as const,
  from: 'a',
  to: 'b',
  requestedBy: 'arn:aws:iam::000000000000:user/operator',
}
const change = (node: string, previousState: string, state: string, previousReason = 'OnAdminRequest') => ({
  node,
  state,
  reason: 'OnAdminRequest',
  previousState,
  previousReason,
})

export const running: TransitionReport = {
  ...asked,
  status: 'RUNNING',
  startedAt: secondsAgo(1.25),
  steps: [
    {
      at: secondsAgo(1.25),
      what: 'Transition State Change',
      detail: { status: 'RUNNING', transition: asked, rule: 200 },
    },
    {
      at: secondsAgo(1.25),
      what: 'Group State Change',
      detail: {
        rule: 200,
        nodes: [change('a', 'Normal', 'FailingOver', 'Normal'), change('b', 'Normal', 'TakingOver', 'Normal')],
      },
    },
    {
      at: secondsAgo(0.95),
      what: 'Command Result',
      detail: { node: 'b', command: { kind: 'takeOver' }, ok: true, durationMs: 20 },
    },
  ],
}
export const succeeded: TransitionReport = {
  ...running,
  status: 'SUCCEEDED',
  endedAt: NOW,
  steps: [
    ...running.steps,
    {
      at: secondsAgo(0.2),
      what: 'Group State Change',
      detail: {
        rule: 340,
        nodes: [change('a', 'FailingOver', 'Idle'), change('b', 'TakingOver', 'RunningInBackupMode')],
      },
    },
    { at: NOW, what: 'Transition State Change', detail: { status: 'SUCCEEDED', transition: asked, rule: 400 } },
  ],
}

const event = (id: string, detailType: EventRecord['detailType'], detail: object): EventRecord => ({
  id,
  at: NOW,
  source: 'understudy',
  detailType,
  detail: { version: '1', cluster: 'demo', group: 'pair', ...detail },
})

const automatic = { ...asked, id: 'pair-1', trigger: 'CriticalServiceDown', requestedBy: 'understudy' }

/** One of each kind, in the shapes that `domain/` publishes. */
export const events: EventRecord[] = [
  event('01', 'Service State Change', {
    node: 'a',
    services: [{ service: 'XCP Router', state: 'failed', previousState: 'running' }],
  }),
  event('02', 'Transition State Change', {
    status: 'WAITING',
    rule: 280,
    transition: automatic,
    durationMs: 0,
    waitingUntil: inSeconds(90),
  }),
  event('03', 'Group State Change', {
    rule: 240,
    nodes: [
      {
        node: 'a',
        state: 'FailingOver',
        reason: 'CriticalServiceDown',
        previousState: 'Normal',
        previousReason: 'Normal',
      },
      {
        node: 'b',
        state: 'TakingOver',
        reason: 'CriticalServiceDown',
        previousState: 'Normal',
        previousReason: 'Normal',
      },
    ],
  }),
  event('04', 'Command Result', {
    node: 'b',
    command: { id: 'x', kind: 'takeOver' },
    ok: true,
    output: '',
    durationMs: 230,
  }),
  event('05', 'Transition State Change', { status: 'SUCCEEDED', rule: 400, transition: asked, durationMs: 1250 }),
  event('06', 'Group State Change', {
    rule: 420,
    nodes: [
      { node: 'a', state: 'Idle', reason: 'Initialization', previousState: 'Idle', previousReason: 'OnAdminRequest' },
      {
        node: 'b',
        state: 'RunningInBackupMode',
        reason: 'OnAdminRequest',
        previousState: 'RunningInBackupMode',
        previousReason: 'OnAdminRequest',
      },
    ],
  }),
  event('07', 'Group State Change', {
    rule: 500,
    nodes: [
      { node: 'a', state: 'Normal', reason: 'Normal', previousState: 'TakingBack', previousReason: 'OnAdminRequest' },
      { node: 'b', state: 'Normal', reason: 'Normal', previousState: 'FallingBack', previousReason: 'OnAdminRequest' },
    ],
  }),
  event('08', 'Node Reachability Change', { reachable: false, nodes: ['a', 'b'], why: 'both nodes are silent' }),
  event('09', 'Command Result', {
    node: 'a',
    command: { id: 'y', kind: 'startServices' },
    ok: false,
    output: 'XCP Router:\n\u001b[31mno such file\u001b[0m',
    durationMs: 12_345,
  }),
  event('10', 'Request Refused', {
    by: 'arn:aws:iam::000000000000:user/operator',
    request: { action: 'failover', node: 'a' },
    detail: 'a is Idle.',
  }),
  event('11', 'Configuration Change', {
    highAvailability: true,
    force: true,
    by: 'arn:aws:iam::000000000000:user/operator',
  }),
  event('12', 'Configuration Change', { configurationVersion: 3 }),
  event('13', 'Schedule State Change', {
    status: 'REFUSED',
    by: 'understudy',
    detail: 'a is Idle.',
    schedule: {
      id: 'schedule-1',
      action: 'failover',
      node: 'a',
      at: NOW,
      by: 'arn:aws:iam::000000000000:user/operator',
      reason: 'new disks',
      madeAt: secondsAgo(3600),
    },
  }),
  event('14', 'Configuration Change', {
    configurationVersion: 4,
    by: 'arn:aws:iam::000000000000:user/operator',
    differences: [{ path: 'serviceParameters.keepAliveTimeoutSeconds', from: '60', to: '30' }],
  }),
]
