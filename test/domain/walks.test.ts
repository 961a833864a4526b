import fc from 'fast-check'
import type { Draft } from '../../domain/draft.ts'
import { grants } from '../../domain/heartbeat.ts'
import type { Group } from '../../domain/model.ts'
import { peerOf } from '../../domain/model.ts'
import oracle from '../../domain/node-states.json' with { type: 'json' }
import { POLICY } from '../../domain/policy.ts'
import { rowsOf } from '../../domain/states.ts'
import { DELAY, FALLBACK_DELAY, INTERVAL, SECOND, TIMEOUT } from './situation.ts'
import type { Happening } from './walker.ts'
import { Walker } from './walker.ts'

const one = <const Values extends unknown[]>(...values: Values): fc.Arbitrary<Values[number]> =>
  fc.constantFrom(...values)
const node = one(0, 1)
const connected = one([true, true], [true, true], [true, false], [false, true], [false, false])
const ms = one(20, SECOND, INTERVAL, TIMEOUT / 2, TIMEOUT, TIMEOUT, DELAY, 2 * DELAY, FALLBACK_DELAY)
const step = one('TakeOver', 'StopServices', 'StartServices', 'TakeBack', 'Restart')
const often = (weight: number, arbitrary: fc.Arbitrary<Happening>) => ({ weight, arbitrary })

const happening = fc.oneof(
  often(6, fc.record({ what: one('time'), ms, connected })),
  often(3, fc.record({ what: one('beat'), node, answerLost: fc.boolean() })),
  often(3, fc.record({ what: one('service', 'database'), node, runs: fc.boolean() })),
  often(2, fc.record({ what: one('agent restart', 'reboot', 'good-bye'), node })),
  often(2, fc.record({ what: one('skill'), node, skill: one('does', 'does', 'fails', 'hangs') })),
  often(4, fc.record({ what: one('request'), action: one('failover', 'fallback'), node })),
  often(1, fc.record({ what: one('recovery') })),
  often(2, fc.record({ what: one('give up'), step })),
  often(1, fc.record({ what: one('automatic fallback'), enabled: fc.boolean() })),
  often(1, fc.record({ what: one('look') })),
)
const walk = fc.array(happening, { minLength: 10, maxLength: 60, size: 'max' })

/** Walks anew from a healthy pair, holding every decision to `check`. */
function everyWalk(
  check: (walker: Walker, before: Group, draft: Draft) => void,
  afterwards: (walker: Walker) => void = () => undefined,
): void {
  fc.assert(
    fc.property(walk, (happenings) => {
      const walker = new Walker(check)
      for (const each of happenings) walker.happen(each)
      afterwards(walker)
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS },
  )
}
const RUNS = 100
/** A failure is made as simple as this time allows. */
const TIME_LIMIT_MS = 20_000
const BOTH = [0, 1] as const

describe('whatever happens to a pair', () => {
  it('no set of users has two open doors, and none is granted to two nodes', () => {
    everyWalk((walker) => {
      for (const set of BOTH) {
        expect(walker.openDoors(set).length).toBeLessThan(2)
        expect(BOTH.filter((index) => grants(walker.group, index).includes(set)).length).toBeLessThan(2)
      }
    })
  })

  it('a set that moves is granted to nobody, and its bound stays as it was when the move began (rule 4)', () => {
    everyWalk((walker, before) => {
      for (const set of BOTH) {
        const { owner, moving } = walker.group.nodes[set]?.set ?? {}
        if (!moving) continue
        expect(BOTH.flatMap((index) => grants(walker.group, index))).not.toContain(set)
        const earlier = before.nodes[set]?.set
        if (earlier?.moving && earlier.owner === owner) expect(moving.untilMs).toBe(earlier.moving.untilMs)
      }
    })
  })

  it('a set changes its owner only when its door was said to be closed, or every lease had lapsed (rule 6)', () => {
    everyWalk((walker, before, { group }) => {
      for (const set of BOTH) {
        const owner = before.nodes[set]?.set.owner ?? 0
        if (group.nodes[set]?.set.owner === owner) continue
        const { open, lastAtMs } = group.nodes[owner] ?? { open: [set], lastAtMs: 0 }
        const boundMs = before.nodes[set]?.set.moving?.untilMs ?? lastAtMs + TIMEOUT
        expect(walker.nowMs >= boundMs || !open.includes(set)).toBe(true)
        expect(walker.openDoors(set)).not.toContain(owner)
      }
    })
  })

  it('only a heartbeat that arrives judges silence; the sweeper, a step or a request does not (rules 9 and 10)', () => {
    const judging = POLICY.filter(({ when }) => when.some((fact) => /^[xy]\.silent$/.test(fact))).map(({ row }) => row)
    everyWalk((_, __, draft) => {
      if (draft.answering === null) expect(draft.fired.filter((row) => judging.includes(row))).toEqual([])
    })
  })

  it('a node is granted what its state serves, and no more', () => {
    const serves = new Map(oracle.states.map(({ id, serves: text }) => [id, text]))
    everyWalk(({ group }) => {
      for (const index of BOTH) {
        const text = serves.get(group.nodes[index]?.state ?? '') ?? ''
        const most = text.startsWith('group') ? [0, 1] : text.includes('own') ? [index] : []
        expect(most).toEqual(expect.arrayContaining(grants(group, index)))
      }
    })
  })

  it('the pair is one of the field’s table, or of the further ones', () => {
    everyWalk(({ group }) => {
      const [one, two] = group.nodes
      // Rows 16 and 17 leave a node's state open; row 26 says what it is. An unreachable node may be back.
      const rows = one && two ? rowsOf([one, two], [false, false]).filter(({ row }) => row !== 16 && row !== 17) : []
      if (rows.length === 0) throw new Error(`${pairOf(group)} stands in no table`)
    })
  })

  it('a transition runs exactly while the states say so', () => {
    const moves = ['FailingOver / TakingOver', 'FallingBack / TakingBack']
    const mayRun = [...moves, 'Idle / RunningInBackupMode', 'RunningInFailedMode / RunningInFailedMode']
    const mayWait = ['Normal / Normal', 'FailedOver / RunningInBackupMode', 'Idle / RunningInBackupMode']
    everyWalk(({ group }) => {
      const pair = statesOf(group)
      const phase = group.transition?.phase
      if (moves.includes(pair)) expect(phase).toBe('running')
      if (phase === 'running') expect(mayRun).toContain(pair)
      if (phase === 'waiting') expect(mayWait).toContain(pair)
      if (group.nodes.some(({ set }) => set.moving)) expect([...moves, mayRun[3]]).toContain(pair)
    })
  })

  it('no set stays with the peer where the states say that it is at home', () => {
    everyWalk(({ group }) => {
      if (statesOf(group) !== 'Normal / Normal') return
      expect(group.nodes.map(({ set }) => set)).toEqual(BOTH.map((index) => ({ owner: index, moving: null })))
    })
  })

  it('only the transition’s own orders stand, and orders to stop that an Idle node still has to carry out', () => {
    everyWalk(({ group }) => {
      for (const { kind, node: to, transition } of group.commands) {
        if (transition === group.transition?.id) continue
        expect([kind, group.nodes[to]?.state]).toEqual(['stopServices', 'Idle'])
      }
    })
  })

  it('on-call gets one opening and one closing of each incident, in the order in which they are (B33)', () => {
    let walker: Walker | undefined
    let told = new Map<string, string[]>()
    everyWalk((walking, before, { group }) => {
      if (walking !== walker) told = new Map()
      walker = walking
      const known = new Set(before.outbox.map(({ id }) => id))
      for (const effect of group.outbox) {
        if (effect.kind !== 'event' || effect.detailType !== 'Incident State Change' || known.has(effect.id)) continue
        const { incident, status } = effect.detail as { incident: string; status: string }
        told.set(incident, [...(told.get(incident) ?? []), status])
      }
      for (const statuses of told.values()) expect(statuses.join(' ')).toMatch(/^OPENED( WORSENED)*( CLOSED)?$/)
      const open = [...told].flatMap(([incident, statuses]) => (statuses.includes('CLOSED') ? [] : [incident]))
      expect(group.incidents.map(({ id }) => id)).toEqual(open)
      const atHome = group.nodes.every(({ state }) => ['Normal', 'Initializing', 'Unknown'].includes(state))
      expect(open.length).toBe(atHome ? 0 : 1)
    })
  })

  it('one heartbeat of each node later nothing is left to decide at once', () => {
    everyWalk(
      () => undefined,
      (walker) => {
        for (const index of BOTH) walker.beat(index, true)
        const { version } = walker.group
        const before = pairOf(walker.group)
        walker.decide({ kind: 'look' })
        expect([pairOf(walker.group), walker.group.version]).toEqual([before, version + 1])
      },
    )
  })

  it('an operator who does what the status allows brings a repaired pair back to Normal', () => {
    everyWalk(
      () => undefined,
      (walker) => {
        const from = pairOf(walker.group)
        if (!walker.recover()) throw new Error(`from ${from} it came to ${pairOf(walker.group)} and stays there`)
      },
    )
  })

  it('most rows of the policy have their turn, so that the walks above mean something', () => {
    const fired = new Set<number>()
    everyWalk(
      () => undefined,
      (walker) => {
        walker.recover()
        for (const row of walker.fired) fired.add(row)
      },
    )
    expect(fired.size).toBeGreaterThan((POLICY.length * 2) / 3)
  })
})

const statesOf = (group: Group): string =>
  group.nodes
    .map(({ state }) => state)
    .sort()
    .join(' / ')
function pairOf(group: Group): string {
  const sets = BOTH.map((set) => {
    const { owner, moving } = group.nodes[set]?.set ?? { owner: set, moving: null }
    return `set ${set} with ${owner}${moving ? ` moving to ${peerOf(owner)}` : ''}`
  })
  const nodes = group.nodes.map(({ state, reason, rebooted }) => `${state}/${reason}${rebooted ? ' (rebooted)' : ''}`)
  return [...nodes, ...sets, group.transition ? `${group.transition.phase} ${group.transition.kind}` : ''].join(', ')
}
