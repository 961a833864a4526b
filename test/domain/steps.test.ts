import { decide, draftOf, giveUp, step } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { StepName } from '../../domain/model.ts'
import { draftIn, effectsOf, FAILED, FAILING_OVER, FALLING_BACK, NORMAL } from './pairs.ts'
import { DELAY, INTERVAL, MINUTE, moving, NOW, ordered, owned, SECOND, serviceDown, transition } from './situation.ts'

describe('a step of a workflow', () => {
  const take = (draft: Draft, name: StepName | 'Begin' | 'Finish', attempt = 1, transitionId = 'failover-1') =>
    step(draft, { transition: transitionId, step: name, attempt, token: `token-${name}-${attempt}` }).outcome
  const running = transition('failover', 'x')

  it('of a transition that is over has ended', () => {
    expect(take(draftIn(NORMAL), 'TakeOver')).toBe('ended')
    expect(take(draftIn(FAILING_OVER, running), 'TakeOver', 1, 'an earlier one')).toBe('ended')
  })

  it('Begin waits for as long as the delay does', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })
    const draft = draftIn(NORMAL, serviceDown('x', 30 * SECOND), waiting)
    const answer = step(draft, { transition: 'failover-1', step: 'Begin', attempt: 1 })

    expect(answer).toEqual({ outcome: 'waiting', waitUntil: new Date(NOW + MINUTE).toISOString() })
  })

  it('Begin decides when the delay is over, and says that it has begun', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })
    const draft = draftIn(NORMAL, serviceDown('x', DELAY), waiting)

    expect(take(draft, 'Begin')).toBe('begun')
    expect(draft.fired[0]).toBe(240)
  })

  it('Begin looks again in a while, where what is due cannot begin', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })
    const draft = draftIn(NORMAL, serviceDown('x', DELAY), waiting, serviceDown('y', SECOND))
    const answer = step(draft, { transition: 'failover-1', step: 'Begin', attempt: 1 })

    expect(answer).toEqual({ outcome: 'waiting', waitUntil: new Date(NOW + INTERVAL).toISOString() })
  })

  it('Release is pending until the door is known to be closed, and done then', () => {
    expect(take(draftIn(FAILING_OVER, running, moving('x', 'x', false)), 'Release')).toBe('pending')
    expect(take(draftIn(FAILING_OVER, running, moving('x', 'x', true)), 'Release')).toBe('done')
    const lapsed = draftIn(FAILING_OVER, running, moving('x', 'x', false))
    lapsed.nowMs += MINUTE
    expect(take(lapsed, 'Release')).toBe('done')
  })

  it('Release of a fallback is pending before the set begins to move, and done when it is at home', () => {
    const back = transition('fallback', 'y')
    const starting = draftIn(FALLING_BACK, back, owned('x', 'y'), ordered('x', 'startServices'))
    const home = draftIn(FALLING_BACK, back, ordered('x', 'startServices', true))

    expect(take(starting, 'Release', 1, 'fallback-1')).toBe('pending')
    expect(take(home, 'Release', 1, 'fallback-1')).toBe('done')
  })

  it('that is pending keeps its token, and is answered by the commit that settles it', () => {
    const draft = draftIn(FAILING_OVER, running, moving('x', 'x', false))
    take(draft, 'Release')
    expect([effectsOf(draft, 'token'), Object.values(draft.group.transition?.tokens ?? {})]).toEqual([
      [],
      ['token-Release-1'],
    ])

    const later = draftOf(draft.group, NOW + MINUTE)
    decide(later, { kind: 'look' })

    expect(effectsOf(later, 'token')).toMatchObject([{ token: 'token-Release-1', outcome: 'done' }])
    expect(later.group.transition?.tokens).toEqual({})
  })

  it('that has failed may be tried again: the command is given anew under a name of its own', () => {
    const failed = [running, moving('x', 'x', true), ordered('y', 'takeOver', false)]

    expect(take(draftIn(FAILING_OVER, ...failed), 'TakeOver')).toBe('failed')
    const again = draftIn(FAILING_OVER, ...failed)
    expect(take(again, 'TakeOver', 2)).toBe('pending')
    expect(again.group.commands.map(({ id, result }) => [id, result?.ok ?? null])).toEqual([
      ['failover-1/takeOver/beta/1', false],
      ['failover-1/takeOver/beta/2', null],
    ])
  })

  it('that was tried twice by a workflow that is started anew is not carried out a third time', () => {
    const draft = draftIn(FAILING_OVER, running, moving('x', 'x', true), ordered('y', 'takeOver', false))
    take(draft, 'TakeOver', 2)
    const commands = draft.group.commands.length
    take(draft, 'TakeOver', 2)

    expect(draft.group.commands).toHaveLength(commands)
  })

  it('has ended, by its token, when the transition ends in another way', () => {
    const draft = draftIn(FAILING_OVER, running, moving('x', 'x', true), ordered('y', 'takeOver'))
    take(draft, 'TakeOver')
    giveUp(draft, { transition: 'failover-1', step: 'TakeOver', cause: 'given up' })

    expect(effectsOf(draft, 'token')).toMatchObject([{ token: 'token-TakeOver-1', outcome: 'ended' }])
  })

  it('of a recovery is each node’s own', () => {
    const recovering = [transition('recovery', 'x'), ordered('x', 'restart', true), ordered('y', 'restart')]
    const draft = draftIn(FAILED, ...recovering)
    const outcomes = ([0, 1] as const).map(
      (index) => step(draft, { transition: 'recovery-1', step: 'Restart', attempt: 1, node: index }).outcome,
    )

    expect(outcomes).toEqual(['done', 'pending'])
  })

  it('Finish has not ended before the policy says so', () => {
    const draft = draftIn(FAILED, transition('recovery', 'x'), ordered('x', 'restart'))

    expect(take(draft, 'Finish', 1, 'recovery-1')).toBe('pending')
  })
})

describe('a step that is given up [B18]', () => {
  it('fails its transition: both run in failed mode, and the users stay with whom they were', () => {
    const draft = draftIn(FAILING_OVER, transition('failover', 'x'), moving('x', 'x', true), ordered('y', 'takeOver'))
    const { outcome } = giveUp(draft, { transition: 'failover-1', step: 'TakeOver', cause: 'given up' })

    expect([outcome, draft.fired]).toEqual(['ended', [300]])
    expect(draft.group.nodes.map(({ state, set }) => [state, set.moving])).toEqual([
      ['RunningInFailedMode', null],
      ['RunningInFailedMode', null],
    ])
    expect(draft.group.commands).toEqual([])
  })

  it('of an earlier transition is nobody’s concern', () => {
    const draft = draftIn(FAILING_OVER, transition('failover', 'x'), moving('x', 'x', true), ordered('y', 'takeOver'))
    const { outcome } = giveUp(draft, { transition: 'an earlier one', step: 'TakeOver', cause: 'given up' })

    expect([outcome, draft.fired]).toEqual(['ended', []])
  })
})
