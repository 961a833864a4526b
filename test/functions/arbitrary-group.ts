import fc from 'fast-check'
import { nodeNameSchema } from '../../domain/contract/configuration.ts'
import type {
  Command,
  Effect,
  Group,
  Incident,
  NodeIndex,
  NodeRecord,
  PeerKey,
  Schedule,
  Transition,
} from '../../domain/model.ts'
import { CUT_OFFS, GATE_KINDS, WAN_QUALITIES } from '../../domain/model.ts'
import { NODE_STATES, REASONS } from '../../domain/states.ts'

const atMs = fc.integer({ min: 0, max: 4e12 })
const counter = fc.nat({ max: 2 ** 31 - 1 })
const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/).filter((text) => nodeNameSchema.safeParse(text).success)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const withoutBar = text.map((value) => value.replaceAll('|', ''))
const peerKey = fc.record<PeerKey>({ id: text, secret: text, madeAtMs: atMs })
const incident = fc.record<Incident>({
  id: text,
  kind: fc.constantFrom('Failover', 'FailedMode', 'VersionDrift'),
  severity: fc.constantFrom('page', 'notice'),
  openedAtMs: atMs,
})
const index = fc.constantFrom<NodeIndex>(0, 1)
const state = fc.constantFrom(...NODE_STATES)
const reason = fc.constantFrom(...REASONS)
const serviceState = fc.constantFrom('running', 'starting', 'stopped', 'failed', 'unknown' as const)
const service = fc.record({ state: serviceState, sinceMs: atMs })

const settings = fc.record({
  servicePort: fc.integer({ min: 1024, max: 65535 }),
  adminRpcPort: fc.integer({ min: 1024, max: 65535 }),
  criticalServiceDelayMs: counter,
  automaticFallbackEnabled: fc.boolean(),
  automaticFallbackDelayMs: counter,
  initializationTimeoutMs: counter,
  keepAliveTimeoutMs: counter,
  keepAliveIntervalMs: counter,
  fenceMarginMs: counter,
})

const move = fc.record({ to: index, untilMs: atMs, released: fc.boolean() })

const maintenance = fc.option(fc.record({ reason: text, by: text, sinceMs: atMs, untilMs: fc.option(atMs) }))

const nodeRecord = (called: string, services: number, sets: NodeIndex[]): fc.Arbitrary<NodeRecord> =>
  fc
    .record({
      name: fc.constant(called),
      hostName: text,
      principal: text,
      state,
      reason,
      sinceMs: atMs,
      incarnation: counter,
      sequence: counter,
      bootId: withoutBar,
      acknowledgedEpoch: atMs,
      lastAtMs: atMs,
      lastOkAtMs: atMs,
      okSinceMs: atMs,
      unheard: fc.option(fc.record({ forMs: atMs, untilMs: atMs })),
      services: fc.array(service, { minLength: services + 1, maxLength: services + 1 }),
      open: fc.subarray(sets),
      leaving: fc.constantFrom(null, 'shutdown', 'reboot' as const),
      softwareVersion: withoutBar,
      replicationSetup: fc.nat({ max: 4 }),
      gate: fc.constantFrom(...GATE_KINDS),
      wan: fc.constantFrom(...WAN_QUALITIES),
      fenced: fc.boolean(),
      relays: fc.boolean(),
      rebooted: fc.boolean(),
      movedAtMs: fc.option(atMs),
      crashes: fc.option(fc.array(fc.record({ node: fc.constantFrom(...sets), atMs }), { minLength: 1, maxLength: 4 })),
      restore: fc.option(
        fc.record({
          restored: counter,
          failed: counter,
          lost: counter,
          startedAtMs: atMs,
          endedAtMs: fc.option(atMs),
        }),
      ),
      maintenance,
      set: fc.record({ owner: fc.constantFrom(...sets), moving: fc.option(move) }),
    })
    .map(({ movedAtMs, crashes, restore, ...node }) => ({
      ...node,
      ...(movedAtMs === null ? {} : { movedAtMs }),
      ...(crashes === null ? {} : { crashes }),
      ...(restore === null ? {} : { restore }),
    }))

const transition: fc.Arbitrary<Transition> = fc.record({
  id: text,
  kind: fc.constantFrom('failover', 'fallback', 'recovery' as const),
  trigger: reason,
  from: index,
  to: index,
  requestedBy: text,
  phase: fc.constantFrom('waiting', 'running' as const),
  dueAtMs: atMs,
  startedAtMs: atMs,
  autoRecovery: fc.boolean(),
  workflowAttempt: counter,
  tokens: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
})

const command: fc.Arbitrary<Command> = fc.record({
  id: text,
  node: index,
  kind: fc.constantFrom('startServices', 'stopServices', 'takeOver', 'takeBack', 'restart' as const),
  transition: text,
  attempt: counter,
  issuedAtMs: atMs,
  result: fc.option(fc.record({ ok: fc.boolean(), output: text, durationMs: counter })),
})

const schedule: fc.Arbitrary<Schedule> = fc.record({
  id: text,
  action: fc.constantFrom('failover', 'fallback' as const),
  node: index,
  atMs,
  by: text,
  reason: text,
  madeAtMs: atMs,
})

/** The items of an outbox are named in their order. */
const outbox: fc.Arbitrary<Effect[]> = fc
  .array(
    fc.record({ atMs, token: text, outcome: text }).map((effect) => ({ kind: 'token' as const, ...effect })),
    { maxLength: 12 },
  )
  .map((effects) => effects.map((effect, at) => ({ ...effect, id: `01795400000123-7-${String(at).padStart(2, '0')}` })))

/** Any group that the model allows, likely or not. */
export const anyGroup: fc.Arbitrary<Group> = fc
  .record({
    names: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
    services: fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 6,
    }),
  })
  .chain(({ names, services }) => {
    const sets = names.map((_, place) => place as NodeIndex)
    return fc.record({
      cluster: name,
      name,
      version: counter,
      configurationVersion: counter,
      epoch: atMs,
      highAvailability: fc.boolean(),
      settings,
      services: fc.constant(services),
      nodes: fc.tuple(...names.map((called) => nodeRecord(called, services.length, sets))),
      transition: fc.option(transition),
      commands: fc.array(command, { maxLength: 3 }),
      outbox,
      earlierTimeout: fc.option(fc.record({ timeoutMs: counter, untilMs: atMs })),
      schedules: fc.array(schedule, { maxLength: 3 }),
      silenceTold: fc.boolean(),
      automaticFallbacksAtMs: fc.array(atMs, { maxLength: 4 }),
      peerKeys: fc.array(peerKey, { maxLength: 2 }),
      incidents: fc.array(incident, { maxLength: 3 }),
      serviceMovesAtMs: fc.array(atMs, { maxLength: 4 }),
      maintenance,
      cutOffs: fc.array(fc.record({ what: fc.constantFrom(...CUT_OFFS), sinceMs: atMs }), { maxLength: 2 }),
      withheld: fc.option(
        fc.record({
          row: counter,
          node: index,
          because: fc.constantFrom('maintenance', 'fleet brake', 'cut-off' as const),
          sinceMs: atMs,
        }),
      ),
    })
  })
