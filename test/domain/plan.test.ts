import { decide, draftOf } from '../../domain/decide.ts'
import type { Occurrence } from '../../domain/facts.ts'
import type { Group, NodeIndex } from '../../domain/model.ts'
import { type Plan, planFrom } from '../../domain/plan.ts'
import { aGroup, NOW, SECOND, TIMEOUT } from './situation.ts'

const USERS = new Map([
  ['alpha', 12],
  ['beta', 3],
])

/** What would happen, asked of the policy as the API asks it. */
function planned(group: Group, action: 'failover' | 'fallback' | 'recovery', node: NodeIndex = 0): Plan {
  const draft = draftOf(group, NOW)
  const asked = { kind: 'request', by: 'operator', id: 'dry' } as const
  const occurrence: Occurrence = action === 'recovery' ? { ...asked, action } : { ...asked, action, node }
  decide(draft, occurrence)
  expect(draft.group.transition?.id).toBe('dry')
  return planFrom(group, draft, USERS)
}

/** A step as one line: what it is, what is ordered, who serves whom, who is disconnected. */
const line = ({ step, orders, nodes, disconnects, atMostSeconds, rules }: Plan['steps'][number]) =>
  [
    step,
    `rules ${rules.map(({ rule }) => rule).join(' ')}`,
    orders.map(({ node, command }) => `${node} ${command}`).join(', '),
    nodes.map(({ node, serves }) => `${node} serves ${serves.join(' and ') || 'nobody'}`).join(', '),
    disconnects.map(({ users, usersOf, from }) => `${users} of ${usersOf} leave ${from}`).join(', '),
    atMostSeconds === null ? '' : `at most ${atMostSeconds} s`,
  ].join(' | ')

function idle(): Group {
  const group = aGroup()
  const [alpha, beta] = group.nodes
  if (!alpha || !beta) throw new Error('there are two nodes')
  Object.assign(alpha, { state: 'Idle', reason: 'OnAdminRequest', open: [], set: { owner: 1, moving: null } })
  Object.assign(beta, { state: 'RunningInBackupMode', reason: 'OnAdminRequest', open: [0, 1] })
  alpha.services = alpha.services.map((service, place) => (place === 5 ? service : { ...service, state: 'stopped' }))
  return group
}

describe('a plan', () => {
  it('of a failover: the door closes, the peer takes over, the services stop', () => {
    const plan = planned(aGroup(), 'failover')
    expect(plan.outcome).toBe('SUCCEEDED')
    expect(plan.steps.map(line)).toEqual([
      'Release | rules 200 | alpha stopServices | alpha serves nobody, beta serves beta | 12 of alpha leave alpha | at most 60 s',
      'TakeOver | rules 320 | beta takeOver | alpha serves nobody, beta serves beta |  | at most 600 s',
      'Done | rules 340 400 |  | alpha serves nobody, beta serves alpha and beta |  | ',
    ])
  })

  it('of a fallback: services start, users leave the peer, and are home', () => {
    const plan = planned(idle(), 'fallback')
    expect(plan.outcome).toBe('SUCCEEDED')
    expect(plan.steps.map(line)).toMatchInlineSnapshot(`
[
  "StartServices | rules 410 | alpha startServices | alpha serves nobody, beta serves alpha and beta |  | at most 360 s",
  "Release | rules 520 |  | alpha serves nobody, beta serves beta | 12 of alpha leave beta | at most 60 s",
  "TakeBack | rules 522 530 | alpha takeBack | alpha serves alpha, beta serves beta |  | at most 600 s",
  "Done | rules 540 |  | alpha serves alpha, beta serves beta |  | ",
]
`)
  })

  it('of a recovery', () => {
    const group = aGroup()
    for (const node of group.nodes) Object.assign(node, { state: 'RunningInFailedMode', reason: 'CriticalServiceDown' })
    const plan = planned(group, 'recovery')
    expect(plan.outcome).toBe('SUCCEEDED')
    expect(plan.steps.map(line)).toMatchInlineSnapshot(`
[
  "Restart | rules 610 | alpha restart, beta restart | alpha serves alpha, beta serves beta |  | at most 240 s",
  "StartServices | rules 630 630 | alpha startServices, beta startServices | alpha serves alpha, beta serves beta |  | at most 360 s",
  "Done | rules 640 |  | alpha serves alpha, beta serves beta |  | ",
]
`)
  })

  it('waits for the lease of a node that is not heard, and does not wait for ever for its services', () => {
    const group = aGroup()
    const silentForMs = TIMEOUT - 10 * SECOND
    Object.assign(group.nodes[0] ?? {}, { lastAtMs: NOW - silentForMs, lastOkAtMs: NOW - TIMEOUT })
    const plan = planned(group, 'failover')
    expect(plan.outcome).toBe('SUCCEEDED')
    expect(plan.steps.map(line)).toMatchInlineSnapshot(`
[
  "Release | rules 200 | alpha stopServices | alpha serves nobody, beta serves beta | 12 of alpha leave alpha | at most 10 s",
  "TakeOver | rules 320 | beta takeOver | alpha serves nobody, beta serves beta |  | at most 600 s",
  "StopServices | rules 340 |  | alpha serves nobody, beta serves alpha and beta |  | at most 180 s",
  "Done | rules 402 |  | alpha serves nobody, beta serves alpha and beta |  | ",
]
`)
    expect(plan.steps[0]?.waitsFor).toBe('the lease of alpha, which is not heard, to lapse')
  })

  it('changes nothing of the group', () => {
    const group = aGroup()
    const before = structuredClone(group)
    planned(group, 'failover')
    expect(group).toEqual(before)
  })
})
