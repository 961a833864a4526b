import { lanesOf } from '../../../apps/console/pages/group/history/lanes.ts'
import { factTexts, ruleText } from '../../../apps/console/pages/group/history/rule-text.ts'
import { historyOf } from '../cli/incidents.ts'

const history = async (...commands: string[]) => (await historyOf('pair alpha beta', ...commands)).reverse()

const picture = (events: Awaited<ReturnType<typeof history>>, isComplete = true) => {
  const beginMs = Date.parse(events[0]?.at ?? '')
  const lanes = lanesOf({ events, status: undefined, isComplete, beginMs })
  const lane = (id: string) => lanes.find((each) => each.id === id) ?? { id, name: '', bars: [], marks: [] }
  return { lane, labels: (id: string) => lane(id).bars.map(({ label }) => label) }
}

describe('the picture of a history', () => {
  it('shows a failover and the way back: states, who served, what ran, who asked', async () => {
    const { lane, labels } = picture(await history('failover alpha', 'run 10m', 'fallback alpha', 'run 1m'))
    expect(labels('node alpha').slice(-5)).toEqual(['Normal', 'Failing Over', 'Idle', 'Taking Back', 'Normal'])
    expect(labels('node beta').slice(-4)).toEqual(['Taking Over', 'Running in Backup Mode', 'Falling Back', 'Normal'])
    expect(labels('users alpha')).toEqual(['by alpha', 'nobody', 'by beta', 'nobody', 'by alpha'])
    expect(labels('users beta')).toEqual(['by beta'])
    expect(labels('transitions')).toEqual([
      'Failover of alpha to beta: succeeded',
      'Fallback to alpha from beta: succeeded',
    ])
    expect(labels('steps')).toEqual([
      ...['closing the door of alpha', 'beta takes over'],
      ...['starting services', 'closing the door of beta', 'alpha takes its users back'],
    ])
    expect(lane('people').marks.map(({ kind }) => kind)).toEqual(['configuration', 'command', 'command'])
    expect(lane('incidents').bars).toMatchObject([{ label: 'Failover', tone: 'warning' }])
  })

  it('leaves no gap between the states of a node, and the last one goes on', async () => {
    const { lane } = picture(await history('failover alpha', 'run 10m'))
    const { bars } = lane('node alpha')
    for (const [index, { toMs }] of bars.entries()) expect(toMs).toBe(bars[index + 1]?.fromMs ?? null)
  })

  it('has the same look for the same state, and another one for another state of the same tone', async () => {
    const { lane } = picture(
      await history('failover alpha', 'run 1m', 'fallback alpha', 'run 1m', 'failover beta', 'run 1m'),
    )
    const looks = new Map<string, Set<string>>()
    for (const { label, tone, pattern } of [...lane('node alpha').bars, ...lane('node beta').bars]) {
      looks.set(label, (looks.get(label) ?? new Set()).add(`${tone} ${pattern}`))
    }
    expect([...looks.values()].every(({ size }) => size === 1)).toBe(true)
    expect(new Set([...looks.values()].flatMap((each) => [...each])).size).toBe(looks.size)
  })

  it('shows the wait of a failover apart from its run, and the service that led to it', async () => {
    const { lane, labels } = picture(await history('fail alpha "XCP Router"', 'run 5m'))
    expect(labels('transitions')).toEqual([
      'Failover of alpha to beta: waiting',
      expect.stringMatching(/^Failover of alpha to beta: (succeeded|running)$/),
    ])
    const [wait, run] = lane('transitions').bars
    expect(wait?.toMs).toBe(run?.fromMs)
    expect(lane('services').marks).toContainEqual(expect.objectContaining({ kind: 'service', tone: 'bad' }))
    expect(lane('incidents').marks).toContainEqual(expect.objectContaining({ kind: 'incident', tone: 'bad' }))
  })

  it('marks what was refused', async () => {
    const { lane } = picture(await history('failover alpha', 'run 1m', 'failover alpha'))
    expect(lane('people').marks.at(-1)).toMatchObject({ kind: 'refusal', tone: 'warning' })
  })

  it('does not guess who served before what is read', async () => {
    const events = await history('failover alpha', 'run 10m', 'fallback alpha', 'run 1m')
    const failover = events.findLastIndex(({ detail }) => detail.rule === 340)
    expect(picture(events.slice(failover), false).labels('users alpha')[0]).toBe('by beta')
    expect(picture(events.slice(failover + 1), false).labels('users alpha')[0]).toBe('not read yet')
  })

  it('draws a history without entries', () => {
    expect(
      lanesOf({ events: [], status: undefined, isComplete: true, beginMs: 0 }).flatMap(({ bars }) => bars),
    ).toEqual([])
  })
})

describe('the rule of an entry', () => {
  it('stands there with the names of the nodes, and the facts in words', async () => {
    const events = await history('failover alpha', 'run 1m')
    const begun = events.find(({ detail }) => detail.rule === 200)
    const text = ruleText(begun?.detail ?? {})
    expect(text).toMatchObject({ number: 200, fits: 'alpha is Normal, and beta is Normal' })
    expect(text?.conditions).toContain('a failover of alpha was asked for')
    expect(text?.outcome).toEqual(
      expect.arrayContaining(['alpha becomes Failing Over (On Admin Request)', 'begin failover of alpha']),
    )
    expect(factTexts(begun?.detail ?? {})).toContain('beta can serve everybody')
  })

  it('is told apart from one that this version does not have, and so is a fact', () => {
    expect(ruleText({ rule: 9999 })).toBeNull()
    expect(factTexts({ facts: ['x.sawGhosts', 'x.present'] })).toEqual(['x.sawGhosts', 'x is heard'])
  })
})
