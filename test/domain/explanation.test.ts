import { explanationOf, type ToldEvent } from '../../domain/explanation.ts'
import { conditionWords } from '../../domain/fact-words.ts'
import type { Group } from '../../domain/model.ts'
import { nextOf } from '../../domain/next.ts'
import oracle from '../../domain/node-states.json' with { type: 'json' }
import { POLICY } from '../../domain/policy.ts'
import type { Standing } from '../../domain/states.ts'
import { stateLabel } from '../../domain/states.ts'
import { statusOf } from '../../domain/status.ts'
import {
  aGroup,
  automaticFallback,
  DELAY,
  FALLBACK_DELAY,
  MINUTE,
  maintenance,
  NOW,
  SECOND,
  serviceDown,
  situation,
  TIMEOUT,
} from './situation.ts'

const iso = (atMs: number) => new Date(atMs).toISOString()
const told = (group: Group, history: ToldEvent[] = []) => explanationOf(statusOf(group, '', NOW), history)

/** Every pair of the field's table with every alternative in it. */
const PAIRS = [...oracle.pairs, ...oracle.furtherPairs].flatMap(({ row, node1, node2 }) =>
  node1.states.flatMap((one) =>
    node2.states.map((two): [number, string, string, Standing, Standing] => [
      row,
      one,
      two,
      { state: one, reason: node1.reasons[0] ?? 'Normal' } as Standing,
      { state: two, reason: node2.reasons[0] ?? 'Normal' } as Standing,
    ]),
  ),
)

describe('an explanation', () => {
  it.each(PAIRS)('row %i: %s and %s', (_, __, ___, one, two) => {
    const { group } = situation(0, [one, two], [])
    const { now, next } = told(group)
    for (const [index, standing] of [one, two].entries()) {
      expect(now[index]).toContain(`${group.nodes[index]?.name} is ${stateLabel(standing.state)}`)
    }
    for (const sentence of [...now, ...next.map((each) => each.sentence)]) {
      expect(sentence).toMatch(/^\S.*\.( \(rule \d+\)\.)?$/)
      expect(sentence).not.toMatch(/undefined|…|\b[xy]\b|null/)
    }
  })

  it('tells the decisions since both nodes were Normal, with what held', () => {
    const nodes = (one: string, two: string, from: string) => [
      { node: 'alpha', state: one, reason: 'PeerDown', previousState: from },
      { node: 'beta', state: two, reason: 'PeerDown', previousState: from },
    ]
    const change = (rule: number, at: number, of: object[]): ToldEvent => ({
      at: iso(at),
      detailType: 'Group State Change',
      detail: { rule, x: 'alpha', why: POLICY.find(({ row }) => row === rule)?.why, nodes: of },
    })
    const { decisions } = told(aGroup(), [
      change(230, NOW, nodes('FailingOver', 'TakingOver', 'Normal')),
      change(110, NOW - MINUTE, nodes('Normal', 'Normal', 'Initializing')),
    ])
    expect(decisions).toEqual([
      {
        at: iso(NOW),
        rule: 230,
        what: 'alpha from Normal to Failing Over, beta from Normal to Taking Over',
        why: 'alpha has been silent for the keep-alive timeout, and beta has watched all that time [B9] (rule 9).',
        facts: [
          'alpha has been silent for the keep-alive timeout, and its peer has watched',
          'beta can serve everybody',
        ],
        by: '',
      },
    ])
  })

  it('has words for every condition that a rule asks for', () => {
    for (const { when } of POLICY) {
      for (const condition of when) expect(conditionWords(condition, 'alpha', 'beta')).not.toMatch(/…|undefined/)
    }
  })
})

describe('what comes next', () => {
  const next = (group: Group) => nextOf(group, NOW).map(({ at, rule, kind }) => [kind, at, rule])

  it('is nothing, where all is well', () => {
    expect(next(aGroup())).toEqual([])
  })

  it('is the deadline of a node whose heartbeat is overdue, and the rule that will fire', () => {
    const group = aGroup()
    const silentForMs = 40 * SECOND
    Object.assign(group.nodes[0] ?? {}, { lastAtMs: NOW - silentForMs, lastOkAtMs: NOW - silentForMs })
    expect(next(group)).toEqual([['decision', iso(NOW - silentForMs + TIMEOUT), 230]])
  })

  it('is said, where nothing follows from a silence', () => {
    const group = aGroup()
    Object.assign(group.nodes[0] ?? {}, { lastAtMs: NOW - 40 * SECOND, lastOkAtMs: NOW - 40 * SECOND })
    Object.assign(group.nodes[1]?.services[0] ?? {}, { state: 'failed', sinceMs: NOW })
    const [silence] = nextOf(group, NOW)
    expect(silence).toMatchObject({ kind: 'silence', at: iso(NOW + 20 * SECOND) })
  })

  it('is a failover when the Critical Service Delay has passed', () => {
    const normal: Standing = { state: 'Normal', reason: 'Normal' }
    const { group } = situation(0, [normal, normal], [serviceDown('x', MINUTE)])
    expect(next(group)).toEqual([['decision', iso(NOW - MINUTE + DELAY), 240]])
  })

  it('is held back in maintenance, which says when it ends', () => {
    const normal: Standing = { state: 'Normal', reason: 'Normal' }
    const { group } = situation(0, [normal, normal], [serviceDown('x', MINUTE)])
    group.maintenance = maintenance(NOW + 2 * MINUTE)
    expect(next(group)).toEqual([
      ['decision', iso(NOW - MINUTE + DELAY), 240],
      ['maintenance', iso(NOW + 2 * MINUTE), undefined],
    ])
    expect(nextOf(group, NOW)[0]?.sentence).toContain('held back (maintenance)')
  })

  it('is the automatic fallback, or that somebody has to ask for one', () => {
    const failedOver: [Standing, Standing] = [
      { state: 'FailedOver', reason: 'PeerDown' },
      { state: 'RunningInBackupMode', reason: 'PeerDown' },
    ]
    const { group } = situation(0, failedOver, [automaticFallback])
    const [alpha] = group.nodes
    if (alpha) Object.assign(alpha, { okSinceMs: NOW - MINUTE, set: { owner: 1, moving: null }, open: [] })
    expect(next(group)).toEqual([['decision', iso(NOW - MINUTE + FALLBACK_DELAY), 462]])
    group.settings.automaticFallbackEnabled = false
    expect(next(group)).toEqual([['request', null, undefined]])
  })

  it('is what an operator has planned', () => {
    const group = aGroup()
    const planned = { action: 'failover', node: 0, by: 'arn:aws:iam::1:user/op', reason: '', madeAtMs: NOW } as const
    group.schedules = [{ ...planned, id: 's', atMs: NOW + MINUTE }]
    expect(nextOf(group, NOW)).toEqual([
      { kind: 'schedule', at: iso(NOW + MINUTE), sentence: 'The failover of alpha that op has planned is run.' },
    ])
  })
})
