import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventRecord } from '../../apps/client/answers.ts'
import type { Note, Plan } from './crash-points.ts'
import { StageUnderTest, until } from './stage-under-test.ts'

type Action = 'failover' | 'fallback'

/** Every write and every effect of a transition, in the order of one that nobody disturbs. */
const POINTS: Record<Action, string[]> = {
  failover: [
    ...['row 200', 'row 200: workflow', 'row 200: history', 'row 200: bus', 'row 200: struck off'],
    ...['wait for Release', 'the answer is remembered'],
    ...['order takeOver', 'order takeOver: token', 'order takeOver: struck off', 'wait for TakeOver'],
    ...['row 340', 'row 340: token', 'row 340: history', 'row 340: bus', 'row 340: struck off', 'wait for StopServices'],
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

const plansOf = (action: Action): Plan[] =>
  POINTS[action].flatMap((point) => [
    { point, edge: 'before' },
    { point, edge: 'after' },
  ])

const CYCLES = plansOf('failover').map((failover, index) => {
  const fallback = plansOf('fallback')[index] as Plan
  return { failover, fallback, title: `${failover.edge} "${failover.point}", ${fallback.edge} "${fallback.point}"` }
})

describe('a stage that is killed in a transition', () => {
  let stage: StageUnderTest
  const transitions: { id: string; action: Action }[] = []
  beforeAll(async () => {
    stage = new StageUnderTest()
    const preload = new URL(`./crash-points.ts?folder=${encodeURIComponent(stage.dataFolder)}`, import.meta.url)
    stage.execArgv.push('--import', preload.href)
    await stage.up()
    // A lease that outlives a restart of the stage: here it is about transitions, not about doors.
    await stage.setParameters({
      initializationKeepAliveTimeoutSeconds: 15,
      keepAliveTimeoutSeconds: 15,
      keepAliveIntervalSeconds: 0.4,
    })
  })
  afterAll(() => stage?.end())

  const planFile = () => join(stage.dataFolder, 'crash-plan.json')

  /** Asks for a transition; when the stage is killed in it, brings the stage back and asks again, as clients do. */
  async function run(action: Action, plan: Plan): Promise<boolean> {
    const headers = { 'idempotency-key': `${action}-${transitions.length}` }
    writeFileSync(planFile(), JSON.stringify(plan))
    const asked = stage.ask(action, 'alpha', headers).catch(() => null)
    const wasKilled = async () => stage.process.signalCode !== null && 'killed'
    const isDone = async () => ((await asked) !== null && (await isAtRest(action)) ? 'done' : false)
    const end = await until('the end', async () => (await wasKilled()) || (await isDone().catch(() => false)))
    if (end === 'killed') await stage.restart()
    const answer = end === 'killed' ? await stage.ask(action, 'alpha', headers) : await asked
    const id = answer?.body.transition.id ?? ''
    expect((await asked)?.body.transition.id ?? id).toBe(id)
    transitions.push({ id, action })
    await stage.untilPair(...PAIRS[action])
    const reached = end === 'killed'
    rmSync(planFile(), { force: true })
    return reached
  }

  async function isAtRest(action: Action): Promise<boolean> {
    const { nodes, transition } = await stage.status()
    return transition === null && nodes.map(({ state, reason }) => `${state}/${reason}`).join() === PAIRS[action].join()
  }

  it.each(CYCLES)('$title', async ({ failover, fallback }) => {
    console.log(failover, fallback, await run('failover', failover), await run('fallback', fallback))
  })

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
    expect([...seen].sort()).toEqual([...new Set([...POINTS.failover, ...POINTS.fallback])].sort())
  })

  it('decides each transition once, and misses no event', async () => {
    const history = await stage.history()
    const published = new Set(notes().flatMap(({ published = [] }) => published))
    expect(history.filter(({ id }) => !published.has(id))).toEqual([])
    for (const { id, action } of transitions) expect([id, told(history, id)]).toEqual([id, expectedOf(action, id)])
  })

  /** What the history tells of a transition. */
  function told(history: EventRecord[], id: string): string[] {
    return history
      .filter(({ detail }) => JSON.stringify(detail).includes(id))
      .map(({ detailType, detail }) => {
        if (detailType !== 'Command Result') return `${detailType} ${detail.status ?? ''} ${detail.rule}`
        return `${(detail.command as { id: string }).id} ${detail.ok}`
      })
      .sort()
  }

  function expectedOf(action: Action, id: string): string[] {
    const [begun, moved, ended] = action === 'failover' ? [200, 340, 400] : [410, 540, 540]
    const commands = action === 'failover' ? ['stopServices/alpha', 'takeOver/beta'] : ['startServices/alpha', 'takeBack/alpha']
    return [
      `Transition State Change RUNNING ${begun}`,
      `Group State Change  ${begun}`,
      `Group State Change  ${moved}`,
      `Transition State Change SUCCEEDED ${ended}`,
      ...commands.map((command) => `${id}/${command}/1 true`),
    ].sort()
  }
})
