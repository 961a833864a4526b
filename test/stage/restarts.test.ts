import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventRecord } from '../../apps/client/answers.ts'
import type { Note, Plan } from './crash-points.ts'
import { StageUnderTest, until } from './stage-under-test.ts'
import { Switches } from './switches.ts'

type Action = 'failover' | 'fallback'

/** By then a transition that is not disturbed is long over. */
const REACH_LIMIT_MS = 5000
const MOST_CYCLES = 3

/** Every write and every effect of a transition, in the order of one that nobody disturbs. */
const POINTS: Record<Action, string[]> = {
  failover: [
    ...['row 200', 'row 200: workflow', 'row 200: history', 'row 200: bus', 'row 200: struck off'],
    ...['wait for Release', 'the answer is remembered'],
    ...['order takeOver', 'order takeOver: token', 'order takeOver: struck off', 'wait for TakeOver'],
    ...[
      'row 340',
      'row 340: token',
      'row 340: history',
      'row 340: bus',
      'row 340: struck off',
      'wait for StopServices',
    ],
    ...['row 400', 'row 400: token', 'row 400: history', 'row 400: bus', 'row 400: struck off'],
  ],
  fallback: [
    ...['row 410', 'row 410: workflow', 'row 410: history', 'row 410: bus', 'row 410: struck off'],
    ...['wait for StartServices', 'the answer is remembered'],
    ...['result of startServices', 'result of startServices: token', 'result of startServices: history'],
    ...['result of startServices: bus', 'result of startServices: struck off', 'wait for Release'],
    ...['order takeBack', 'order takeBack: token', 'order takeBack: struck off', 'wait for TakeBack'],
    ...['row 540', 'row 540: token', 'row 540: history', 'row 540: bus', 'row 540: struck off'],
  ],
}

const PAIRS: Record<Action, [string, string]> = {
  failover: ['Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest'],
  fallback: ['Normal/Normal', 'Normal/Normal'],
}

const twice = (point: string): Plan[] => [
  { point, edge: 'before' },
  { point, edge: 'after' },
]

/**
 * A stage is killed twice in each cycle: in the failover, and in the fallback after it. Of the fallback the writes are
 * taken: its effects are carried out by the same code as those of the failover.
 */
const FALLBACK_PLANS = POINTS.fallback.filter((point) => !point.includes(':')).flatMap(twice)
type Cycle = Partial<Record<Action, Plan>>
const CYCLES = POINTS.failover.flatMap(twice).map((failover, index): Cycle => {
  const fallback = FALLBACK_PLANS[index]
  return { failover, ...(fallback ? { fallback } : {}) }
})
const titleOf = (plan: Plan): string => `${plan.edge} "${plan.point}"`

describe('a stage that is killed in a transition', () => {
  let stage: StageUnderTest
  let alpha: Switches
  let beta: Switches
  const transitions: { id: string; action: Action }[] = []
  beforeAll(async () => {
    stage = new StageUnderTest()
    const preload = new URL(`./crash-points.ts?folder=${encodeURIComponent(stage.dataFolder)}`, import.meta.url)
    stage.execArgv.push('--import', preload.href)
    await stage.up()
    alpha = await Switches.install(stage, 'alpha')
    beta = await Switches.install(stage, 'beta')
    // Leases that outlive a restart of the stage: here it is about transitions, not about doors.
    await stage.setParameters({
      initializationKeepAliveTimeoutSeconds: 15,
      keepAliveTimeoutSeconds: 15,
      keepAliveIntervalSeconds: 0.4,
    })
  })
  afterAll(() => stage?.end())

  const planFile = () => join(stage.dataFolder, 'crash-plan.json')

  /**
   * Asks for a transition; when the stage is killed in it, brings the stage back and asks again under the same key, as
   * clients do. Answers whether it was killed.
   */
  async function run(action: Action, plan?: Plan): Promise<boolean> {
    const headers = { 'idempotency-key': `${action}-${transitions.length}` }
    if (plan) writeFileSync(planFile(), JSON.stringify(plan))
    const first = await stage.ask(action, 'alpha', headers).catch(() => null)
    if (plan) await until('the stage is killed', () => !stage.isAlive(), REACH_LIMIT_MS).catch(() => null)
    rmSync(planFile(), { force: true })
    const killed = !stage.isAlive()
    if (killed) await stage.restart()
    const { body } = await stage.ask(action, 'alpha', headers)
    const { id } = body.transition
    if (first) expect(first.body.transition.id).toBe(id)
    transitions.push({ id, action })
    await stage.untilPair(...PAIRS[action])
    return killed
  }

  /** A point may be left out by chance: where an agent is faster than the workflow, nobody waits. Then once more. */
  async function survive(plans: Cycle): Promise<void> {
    const left = new Map(Object.entries(plans) as [Action, Plan][])
    for (let cycle = 0; left.size > 0; cycle++) {
      if (cycle === MOST_CYCLES) throw new Error(`never reached: ${[...left.values()].map(titleOf).join()}`)
      for (const action of ['failover', 'fallback'] as const) {
        if (await run(action, left.get(action))) left.delete(action)
      }
    }
  }

  it.each(CYCLES.map((cycle) => [Object.values(cycle).map(titleOf).join(', '), cycle] as const))('%s', (_, cycle) =>
    survive(cycle),
  )

  function notes(): Note[] {
    const lines = readFileSync(join(stage.dataFolder, 'crash-notes.jsonl'), 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line) as Note)
  }

  it('leaves nothing undone in the outbox', async () => {
    const left = () => {
      const struck = new Set(notes().flatMap(({ struck = [] }) => struck))
      return notes().flatMap(({ committed = [] }) => committed.filter((id) => !struck.has(id)))
    }
    await until('everything is struck off', () => left().length === 0)
  })

  it('knows every point of a transition', () => {
    const seen = new Set(notes().flatMap(({ point }) => point ?? []))
    expect([...POINTS.failover, ...POINTS.fallback].filter((point) => !seen.has(point))).toEqual([])
  })

  it('decides each transition once, and misses no event', async () => {
    const history = await stage.history()
    const published = new Set(notes().flatMap(({ published = [] }) => published))
    expect(history.filter(({ id }) => !published.has(id))).toEqual([])
    for (const { id, action } of transitions) expect(told(history, id)).toEqual(expectedOf(action, id))
    const came = history.filter(({ detailType, detail }) => detailType === 'Group State Change' && detail.rule === 540)
    expect(came).toHaveLength(transitions.length / 2)
  })

  it('has each command carried out once', () => {
    const idsOf = (action: Action) => transitions.filter((each) => each.action === action).map(({ id }) => id)
    expect(beta.runs('onTakeOver')).toEqual(idsOf('failover'))
    expect(alpha.runs('onTakeBack')).toEqual(idsOf('fallback'))
    const log = readFileSync(join(stage.dataFolder, 'nodes', 'alpha', 'agent.log'), 'utf8')
    const logged = (command: string) =>
      [...log.matchAll(new RegExp(`command ${command} \\((.+)\\)`, 'g'))].map(([, id]) => id)
    expect(logged('stopServices')).toEqual(idsOf('failover'))
    expect(logged('startServices')).toEqual(idsOf('fallback'))
  })

  /** What the history tells of a transition. */
  function told(history: EventRecord[], id: string): string[] {
    return history
      .filter(({ detail }) => JSON.stringify(detail).includes(id))
      .map(({ detailType, detail }) => {
        if (detailType !== 'Command Result') return `${detailType} ${detail.rule}`
        return `${(detail.command as { id: string }).id} ${detail.ok}`
      })
      .sort()
  }

  function expectedOf(action: Action, id: string): string[] {
    const states = action === 'failover' ? [200, 340] : [410]
    const changes = action === 'failover' ? [200, 400] : [410, 540]
    const commands =
      action === 'failover' ? ['stopServices/alpha', 'takeOver/beta'] : ['startServices/alpha', 'takeBack/alpha']
    return [
      ...states.map((row) => `Group State Change ${row}`),
      ...changes.map((row) => `Transition State Change ${row}`),
      ...commands.map((command) => `${id}/${command}/1 true`),
    ].sort()
  }
})
