import type { GroupStatus, TransitionReport } from '../../../apps/client/answers.ts'
import { endedSteps, isNews, runningSteps } from '../../../apps/console/pages/group/workflow.ts'
import { delayed, NOW, normal } from '../cli/fixtures.ts'

const running = (
  more: Partial<NonNullable<GroupStatus['transition']>>,
  next: GroupStatus['next'] = [],
): GroupStatus => ({
  ...delayed,
  next,
  transition: { ...(delayed.transition as NonNullable<GroupStatus['transition']>), ...more },
})
const took = (step: string, durationMs: number) => ({ step, startedAt: NOW, durationMs })
const outline = (status: GroupStatus, planned?: string[]) =>
  runningSteps(status, planned).map(({ step, standing }) => `${step} ${standing}`)

describe('a running transition', () => {
  it('is nothing where none runs', () => {
    expect(runningSteps(normal)).toEqual([])
  })

  it('waits for its delay first, and tells what is to come', () => {
    const [first, ...others] = runningSteps(delayed)
    expect(first).toMatchObject({
      words: 'Waiting whether the services of a come back',
      standing: 'current',
      until: delayed.transition?.waitingUntil,
    })
    expect(others.map(({ words }) => words)).toEqual(['Closing the door of a', 'b takes over', 'Done'])
  })

  it('tells how long each step took, and when the current one is given up', () => {
    const at = '2026-01-31T12:10:00.000Z'
    const { waitingUntil: _, ...transition } = delayed.transition as NonNullable<GroupStatus['transition']>
    const status = {
      ...delayed,
      next: [{ kind: 'step' as const, at, sentence: '' }],
      transition: { ...transition, step: 'TakeOver', stepTimes: [took('Release', 471), took('TakeOver', 1100)] },
    }
    const [release, takeOver] = runningSteps(status)
    expect(release).toMatchObject({ standing: 'done', durationMs: 471 })
    expect(takeOver).toMatchObject({ standing: 'current', waitsFor: 'b to take over', until: at, startedAt: NOW })
  })

  it('stops services only where somebody asked for the failover', () => {
    const asked = running({ step: 'TakeOver', stepTimes: [took('TakeOver', 0)], trigger: 'OnAdminRequest' })
    expect(outline(asked)).toEqual(['TakeOver current', 'StopServices toCome', 'Done toCome'])
    const silent = running({ step: 'TakeOver', stepTimes: [took('TakeOver', 0)], trigger: 'PeerDown' })
    expect(outline(silent)).toEqual(['TakeOver current', 'Done toCome'])
  })

  it('goes as the dry run said, where one was shown', () => {
    const asked = running({ step: 'Release', stepTimes: [took('Release', 0)], trigger: 'OnAdminRequest' })
    expect(outline(asked, ['Release', 'TakeOver', 'Done'])).toEqual([
      'Release current',
      'TakeOver toCome',
      'Done toCome',
    ])
  })

  it('a fallback starts the services, closes the door, and takes the users back', () => {
    const status = running({ kind: 'fallback', from: 'b', to: 'a', step: 'FallbackDelay', stepTimes: [] })
    expect(outline(status)).toEqual([
      'FallbackDelay current',
      'StartServices toCome',
      'Release toCome',
      'TakeBack toCome',
      'Done toCome',
    ])
  })
})

describe('a transition that is over', () => {
  const report: TransitionReport = {
    ...{ id: 'x', kind: 'failover', trigger: 'PeerDown', from: 'a', to: 'b', requestedBy: 'understudy' },
    ...{ status: 'SUCCEEDED', startedAt: NOW, endedAt: NOW, steps: [] },
    stepTimes: [took('Release', 3000), took('TakeOver', 900)],
  }

  it('is done, or has failed in its last step', () => {
    expect(endedSteps(report).map(({ standing }) => standing)).toEqual(['done', 'done', 'done'])
    const failed = endedSteps({ ...report, status: 'FAILED' })
    expect(failed.map(({ step, standing }) => `${step} ${standing}`)).toEqual(['Release done', 'TakeOver failed'])
  })

  it('is news for ten minutes', () => {
    expect(isNews(report, Date.parse(NOW) + 599_000)).toBe(true)
    expect(isNews(report, Date.parse(NOW) + 600_000)).toBe(false)
    expect(isNews({}, Date.parse(NOW))).toBe(false)
  })
})
