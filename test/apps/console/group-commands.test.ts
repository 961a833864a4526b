import { isAllowed, onlyNode, standingKey } from '../../../apps/console/pages/group/commands.ts'
import { disruptionsOf } from '../../../apps/console/pages/group/disruption.ts'
import { complaintOf, instantOf, typedIn, typedOf } from '../../../apps/console/pages/group/zoned-time.ts'
import type { Plan, PlannedStep } from '../../../domain/plan.ts'
import { NOW, normal } from '../cli/fixtures.ts'

describe('what may be asked for', () => {
  it('is what the API says, of which node', () => {
    expect(isAllowed(normal, 'failover')).toBe(true)
    expect(isAllowed(normal, 'failover', 'c')).toBe(false)
    expect(isAllowed(normal, 'fallback')).toBe(false)
  })

  it('is chosen already where only one node is possible', () => {
    expect(onlyNode(normal, 'failover')).toBeUndefined()
    expect(onlyNode({ ...normal, allowed: [{ action: 'fallback', node: 'a' }] }, 'fallback')).toBe('a')
  })

  it('is asked anew when the state is another one, and not for each heartbeat', () => {
    const [one, two] = normal.nodes as [(typeof normal.nodes)[0], (typeof normal.nodes)[0]]
    const heard = { ...normal, version: 43, nodes: [{ ...one, lastHeartbeatAt: NOW }, two] }
    expect(standingKey(heard)).toBe(standingKey(normal))
    expect(standingKey({ ...normal, nodes: [{ ...one, state: 'Idle' }, two] })).not.toBe(standingKey(normal))
  })
})

describe('whom a plan disconnects', () => {
  const step = (more: Partial<PlannedStep>): PlannedStep => ({
    ...{ step: 'Release', rules: [], orders: [], disconnects: [], waitsFor: '', atMostSeconds: null },
    nodes: [{ node: 'b', state: 'TakingOver', reason: 'OnAdminRequest', serves: ['b'] }],
    ...more,
  })
  const cut = step({ atMostSeconds: 3, disconnects: [{ usersOf: 'a', from: 'a', users: 12 }] })
  const plan = (steps: PlannedStep[]): Plan => ({ outcome: 'SUCCEEDED', steps, atMostSeconds: 0 })

  it('and for how long at most: until a node serves them again', () => {
    const done = step({ step: 'Done', nodes: [{ ...(cut.nodes[0] as (typeof cut.nodes)[0]), serves: ['a', 'b'] }] })
    const late = { ...done, atMostSeconds: 180 }
    expect(disruptionsOf(plan([cut, step({ step: 'TakeOver', atMostSeconds: 600 }), done, late]))).toEqual([
      { usersOf: 'a', from: 'a', users: 12, to: 'b', atMostSeconds: 603 },
    ])
  })

  it('or for good, where nobody would serve them', () => {
    expect(disruptionsOf(plan([cut]))[0]).toMatchObject({ to: null, atMostSeconds: 3 })
    expect(disruptionsOf(plan([step({})]))).toEqual([])
  })
})

describe('a time that is typed', () => {
  const nowMs = Date.parse(NOW)

  it('is one of the viewer’s zone', () => {
    expect(instantOf(typedOf(nowMs))).toBe(NOW)
    expect(Date.parse(instantOf(typedIn(nowMs, 3_600_000)) ?? '')).toBe(nowMs + 3_600_000)
  })

  it('is a real one, and lies in the future', () => {
    expect(instantOf({ day: '2026-02-30', time: '12:00' })).toBeNull()
    expect(instantOf({ day: '2026-02-03', time: '24:00' })).toBeNull()
    expect(complaintOf({ day: '', time: '' }, nowMs)).toBe('must be a day and a time')
    expect(complaintOf(typedOf(nowMs), nowMs)).toBe('must lie in the future')
    expect(complaintOf(typedIn(nowMs, 60_000), nowMs)).toBeUndefined()
  })
})
