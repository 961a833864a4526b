import { CONDITIONS } from '../../domain/condition.ts'
import { decide } from '../../domain/decide.ts'
import { detectionLatenessMs, measuresOfCommit, measuresOfSweep, outboxAgeMs } from '../../domain/measures.ts'
import {
  asked,
  databaseDown,
  draftFor,
  type Given,
  MINUTE,
  NOW,
  SECOND,
  serviceDown,
  silent,
  situation,
  stepFailed,
  TIMEOUT,
  transition,
} from './situation.ts'

const NORMAL = { state: 'Normal', reason: 'Normal' } as const

/** The draft of a decision upon a pair, and its effects. */
function decided(givens: Given[], pair: Parameters<typeof situation>[1] = [NORMAL, NORMAL]) {
  const it = situation(0, pair, givens)
  const draft = draftFor(it)
  decide(draft, it.occurrence)
  return draft
}
const measured = (...of: Parameters<typeof decided>) => {
  const draft = decided(...of)
  return measuresOfCommit(draft, draft.group.outbox)
}
const counted = (name: string, by: object) => ({ name, unit: 'Count', value: 1, by })

describe('what is measured of a decision', () => {
  it('counts each rule, and what became of the transition', () => {
    expect(measured([asked('failover', 'x')])).toEqual([
      counted('Decisions', { rule: '200' }),
      counted('Transitions', { kind: 'failover', outcome: 'RUNNING' }),
    ])
  })

  it('counts a wait, which is told apart from a transition that runs', () => {
    expect(measured([serviceDown('x', SECOND)])).toContainEqual(
      counted('Transitions', { kind: 'failover', outcome: 'WAITING' }),
    )
  })

  it('counts a transition that failed by itself, too', () => {
    const failing = [
      { state: 'FailingOver', reason: 'PeerDown' },
      { state: 'TakingOver', reason: 'PeerDown' },
    ] as const
    const found = measured([transition('failover', 'x'), stepFailed('TakeOver')], failing)

    expect(found).toContainEqual(counted('Transitions', { kind: 'failover', outcome: 'FAILED' }))
    expect(found).toContainEqual({ name: 'FailedTransitions', unit: 'Count', value: 1 })
  })

  it('is nothing where no rule fires', () => {
    expect(measured([])).toEqual([])
  })
})

describe('the lateness of a detection', () => {
  it('counts from the deadline: the last heartbeat, and the keep-alive timeout', () => {
    expect(measured([silent('x', TIMEOUT + 120)])).toContainEqual({
      name: 'DetectionLateness',
      unit: 'Milliseconds',
      value: 120,
    })
  })

  it('counts from the longer timeout while a shorter one is not in force', () => {
    const longer: Given = ({ group }) => {
      group.earlierTimeout = { timeoutMs: TIMEOUT + MINUTE, untilMs: NOW + 1 }
    }
    expect(detectionLatenessMs(decided([silent('x', TIMEOUT + MINUTE + 30), longer]))).toBe(30)
  })

  it('is that of silence only', () => {
    expect(detectionLatenessMs(decided([databaseDown('x', 3 * MINUTE)]))).toBeNull()
    expect(detectionLatenessMs(decided([]))).toBeNull()
  })
})

describe('what is measured of a sweep', () => {
  const sweep = { conditions: [], outboxAgeMs: 0, failed: 0, brakeHolds: null, completed: true }

  it('says of every condition how many groups are in it, also that there is none', () => {
    const measures = measuresOfSweep({ ...sweep, conditions: ['Normal', 'FailedMode', 'Normal'] })

    const groups = measures.filter(({ name }) => name === 'Groups')
    expect(groups.map(({ by }) => by?.condition)).toEqual(CONDITIONS)
    const numbers = Object.fromEntries(groups.map(({ by, value }) => [by?.condition, value]))
    expect(numbers).toMatchObject({ Normal: 2, FailedMode: 1, BothSilent: 0 })
  })

  it('has the age of the oldest effect', () => {
    const draft = decided([asked('failover', 'x')])
    expect(outboxAgeMs(draft.group, NOW + 700)).toBe(700)
    expect(outboxAgeMs({ ...draft.group, outbox: [] }, NOW)).toBe(0)

    expect(measuresOfSweep({ ...sweep, outboxAgeMs: 700, failed: 2 })).toEqual(
      expect.arrayContaining([
        { name: 'Sweeps', unit: 'Count', value: 1 },
        { name: 'SweepFailures', unit: 'Count', value: 2 },
        { name: 'OutboxAge', unit: 'Milliseconds', value: 700 },
      ]),
    )
  })

  it('says whether the fleet brake holds, where somebody could say', () => {
    const of = (brakeHolds: boolean | null) =>
      measuresOfSweep({ ...sweep, brakeHolds }).flatMap(({ name, value }) => (name === 'FleetBrake' ? [value] : []))

    expect([of(true), of(false), of(null)]).toEqual([[1], [0], []])
  })

  it('that broke down is a failure and no sweep, and knows nothing of the groups', () => {
    expect(measuresOfSweep({ ...sweep, completed: false })).toEqual([
      { name: 'SweepFailures', unit: 'Count', value: 1 },
    ])
  })
})
