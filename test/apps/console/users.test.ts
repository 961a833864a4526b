import type { GroupStatus } from '../../../apps/client/answers.ts'
import type { ClusterAnswer, NodeAnswer } from '../../../apps/client/configuration-api.ts'
import type { RebalanceReport, UserLogin } from '../../../apps/client/user-api.ts'
import { loginReasons, waitSentence } from '../../../apps/console/pages/users/login-words.ts'
import { placeOf, placeOptions } from '../../../apps/console/pages/users/places.ts'
import { RebalanceRun } from '../../../apps/console/pages/users/rebalance-run.ts'
import { recountSentence, sharesOf } from '../../../apps/console/pages/users/shares.ts'

const GROUPS = [
  { group: 'one', nodes: ['a', 'b'] },
  { group: 'two', nodes: ['c'] },
]
const SINCE = '2026-01-01T00:00:00.000Z'

describe('where a user may have its home', () => {
  it('is told by a group or a node', () => {
    expect(['', 'group:one', 'node:a'].map(placeOf)).toEqual([{}, { group: 'one' }, { node: 'a' }])
  })

  it('is any group and node, but not where the user is who moves', () => {
    const values = (home?: string) =>
      placeOptions(GROUPS, home).flatMap(({ options }) => options.map(({ value }) => value))
    expect(values()).toEqual(['group:one', 'group:two', 'node:a', 'node:b', 'node:c'])
    expect(values('a')).toEqual(['group:two', 'node:b', 'node:c'])
  })
})

describe('where a user logs in', () => {
  const reLogin = { waitSeconds: 0, lowerLimitSeconds: 120, upperLimitSeconds: 537 }
  const atHome: UserLogin = { node: 'a', hostName: 'a.example', homeNode: 'a', serving: true, reLogin }
  const node = (name: string, state: string, reason = 'Normal') =>
    ({ node: name, state, reason, since: SINCE, reachable: true }) as GroupStatus['nodes'][number]
  const status = (...nodes: GroupStatus['nodes']) =>
    ({ nodes, transition: null, highAvailability: true }) as unknown as GroupStatus
  const texts = (...asked: Parameters<typeof loginReasons>) => loginReasons(...asked).map(({ text }) => text)

  it('is its home, as a rule', () => {
    expect(texts(atHome, status(node('a', 'Normal'), node('b', 'Normal')))).toEqual(['a is its home.'])
  })

  it('is the peer after a failover, since when and why', () => {
    const failedOver = status(node('a', 'Idle', 'OnAdminRequest'), node('b', 'FailedOver', 'OnAdminRequest'))
    expect(loginReasons({ ...atHome, node: 'b' }, failedOver)).toEqual([
      { text: 'b stands in for a, its home.' },
      { text: 'b is Failed Over (On Admin Request)', since: SINCE },
      { text: 'a is Idle (On Admin Request)', since: SINCE },
    ])
  })

  it('is the node that gets the user, while it moves', () => {
    const moving = {
      ...status(),
      transition: { kind: 'failover', from: 'a', to: 'b', startedAt: SINCE },
    } as GroupStatus
    expect(texts({ ...atHome, node: 'b', serving: false }, moving)).toEqual([
      'b stands in for a, its home.',
      'Failover of a to b is under way',
      'Nobody serves the user at the moment: b is who gets it, and lets nobody in yet.',
    ])
  })

  it('is told without the group, too, and that no peer stands in', () => {
    expect(texts({ ...atHome, node: 'b' }, undefined)).toEqual(['b stands in for a, its home.'])
    expect(texts(atHome, { ...status(), highAvailability: false })).toContain(
      'High availability is not enabled: no peer stands in when a node is gone.',
    )
  })

  it('comes with a wait while many come at once', () => {
    expect(waitSentence(atHome)).toMatch(/^At once\. .* between 2 min and 8 min 57 s\.$/)
    expect(waitSentence({ ...atHome, reLogin: { ...reLogin, waitSeconds: 215 } })).toMatch(
      /who asked just now, 3 min 35 s\.$/,
    )
  })
})

describe('the fair shares of nodes', () => {
  const cluster = (userAssignmentMode: 'balanced' | 'active-standby' | 'none') =>
    ({ cluster: 'demo', enterpriseParameters: { userAssignmentMode } }) as ClusterAnswer
  const nodes = [
    { node: 'a', group: 'one', users: 7 },
    { node: 'b', group: 'one', users: 1 },
    { node: 'c', group: 'two', users: 1 },
    { node: 'd', group: null, users: 0 },
  ] as NodeAnswer[]
  const fair = (mode: Parameters<typeof cluster>[0]) =>
    sharesOf(cluster(mode), GROUPS, nodes).map((each) => each.fairShare)

  it('follow the assignment mode', () => {
    expect(fair('balanced')).toEqual([3, 3, 3, null])
    expect(fair('active-standby')).toEqual([5, 0, 4, null])
    expect(fair('none')).toEqual([null, null, null, null])
  })

  it('are told apart from what a recount put right', () => {
    const right = { node: 'a', users: 5, counted: 5 }
    expect(recountSentence({ users: 5, nodes: [right] })).toBe('5 users. All counts were right.')
    const wrong = { node: 'b', users: 4, counted: 1003 }
    expect(recountSentence({ users: 9, nodes: [right, wrong] })).toBe('9 users. Put right: b has 4, not 1,003.')
  })
})

describe('a rebalance', () => {
  const page = (moved: number, left: number, cursor?: string): RebalanceReport => ({
    ...{ nodes: [], moves: left === 0 ? [] : [{ from: 'a', to: 'b', users: left }], moved, loggedIn: 0 },
    ...(cursor === undefined ? {} : { cursor }),
  })
  const runOf = (pages: (RebalanceReport | Error)[], onCall: () => void = () => undefined) => {
    const asked: object[] = []
    const rebalance = async (order: object) => {
      asked.push(order)
      onCall()
      const next = pages.shift()
      if (!next || next instanceof Error) throw next
      return next
    }
    const run = new RebalanceRun({ users: { rebalance }, plan: page(0, 800), logOut: true, onEnd: () => undefined })
    return { run, asked }
  }

  it('goes on page by page until nobody has to move', async () => {
    const { run, asked } = runOf([page(500, 300, 'next'), page(300, 0)])
    await run.carryOut()
    expect(asked).toEqual([{ logOut: true }, { logOut: true, cursor: 'next' }])
    expect(run.current()).toMatchObject({ phase: 'ended', moved: 800, done: true, progress: { done: 800, all: 800 } })
  })

  it('may be stopped after a page, and says how far it came', async () => {
    const { run } = runOf([page(500, 300, 'next')], () => run.stop())
    expect(run.isUnderWay()).toBe(true)
    await run.carryOut()
    expect(run.current()).toMatchObject({ phase: 'ended', moved: 500, done: false, error: null })
  })

  it('tells why it could not go on, and what it had done', async () => {
    const { run } = runOf([page(500, 300, 'next'), new Error('a node is Idle')])
    await run.carryOut()
    expect(run.current()).toMatchObject({ moved: 500, done: false, error: { message: 'a node is Idle' } })
  })
})
