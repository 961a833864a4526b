import { readFileSync, writeFileSync } from 'node:fs'
import { historyEntry } from '../../../apps/cli/views/history.ts'
import { timelineView } from '../../../apps/cli/views/timeline.ts'
import type { EventRecord } from '../../../apps/client/answers.ts'
import { lastIncident } from '../../../apps/client/incident.ts'
import { historyOf } from './incidents.ts'

const view = { nowMs: Date.UTC(2026, 0, 31, 12), width: 110, color: false, timeZone: 'UTC' }
const folder = new URL('./golden/', import.meta.url)

/** Compares with the file of that name; UPDATE_GOLDEN=1 writes it. */
function expectGolden(name: string, text: string): void {
  const file = new URL(name, folder)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, `${text}\n`)
  expect(`${text}\n`).toBe(readFileSync(file, 'utf8'))
}

const drawn = (history: EventRecord[]) => {
  const incident = lastIncident(history)
  return incident ? timelineView(incident, view) : null
}

/** Incidents as they really go, over virtual time. */
const INCIDENTS: Record<string, string[]> = {
  'on-request': ['pair alpha beta', 'failover alpha', 'run 10m', 'fallback alpha', 'run 1m'],
  'critical-service': ['pair alpha beta', 'fail alpha "XCP Router"', 'run 5m'],
  silence: ['pair alpha beta', 'kill-agent alpha', 'run 2m', 'start-agent alpha', 'run 1m', 'fallback alpha', 'run 1m'],
  'failed-mode': ['pair alpha beta', 'kill-agent alpha', 'run 2m', 'fail beta "XCP Router"', 'run 3m'],
  planned: ['pair alpha beta', 'schedule failover alpha in 10m', 'run 15m'],
}

describe('the timeline', () => {
  it.each(Object.entries(INCIDENTS))('%s', async (name, commands) => {
    const history = await historyOf(...commands)
    const text = drawn(history)
    expectGolden(`timeline-${name}.txt`, text ?? '')
    expect(drawn(history)).toBe(text)
  })

  it('fits a narrow terminal, and is painted only where that can be shown', async () => {
    const incident = lastIncident(await historyOf(...(INCIDENTS['on-request'] ?? [])))
    if (!incident) throw new Error('there was an incident')
    const narrow = timelineView(incident, { ...view, width: 80 })
    const [drawing = ''] = narrow.split('\nStates\n')
    expect(
      Math.max(
        ...drawing
          .split('\n')
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80)
    expect(narrow).not.toContain('\u001b')
    expect(timelineView(incident, { ...view, color: true })).toContain('\u001b')
  })

  it('is of the last incident, from what brought it about to its end', async () => {
    const history = await historyOf(
      ...['pair alpha beta', 'failover alpha', 'run 1m', 'fallback alpha', 'run 1h'],
      ...['fail beta "XCP Router"', 'run 5m'],
    )
    const incident = lastIncident(history)
    expect(incident).toMatchObject({ kinds: ['Failover'], closedAt: null })
    expect(incident?.events[0]).toMatchObject({ detailType: 'Service State Change', detail: { node: 'beta' } })
    expect(lastIncident([])).toBeNull()
  })
})

describe('an entry of the history', () => {
  it('says who, what, why and by which facts, and how long each step took', async () => {
    const history = (await historyOf(...(INCIDENTS['on-request'] ?? []))).reverse()
    expectGolden('history-on-request.txt', history.map((event) => historyEntry(event, view)).join('\n'))
  })
})
