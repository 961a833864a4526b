import type { Cluster } from '../../domain/cluster.ts'
import type { Effect, Group } from '../../domain/model.ts'
import { Api } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

// The stage looks at each call of the sweeper as IAM would: so these are its grants for what crashes leave, too.
describe('what a crash left, the sweeper', () => {
  it('carries out: events, workflows and answers to them, each once', async () => {
    const path = await api.configure('left', { pair: ['left-1', 'left-2'] })
    const key = { cluster: 'left', group: 'pair' }
    const group = (await api.groups.read(key)) as Group
    const atMs = Date.now() - 10_000
    const id = (number: number) => `${String(atMs).padStart(14, '0')}-1-0${number}`
    const of = { cluster: 'left', group: 'pair' }
    const input = { ...of, transition: 'recovery-of-nobody', trigger: 'OnAdminRequest', waiting: false } as const
    const outbox: Effect[] = [
      { kind: 'event', id: id(1), atMs, detailType: 'Configuration Change', detail: { version: '1', ...of } },
      {
        kind: 'workflow',
        id: id(2),
        atMs,
        machine: 'recovery',
        name: 'recovery-of-nobody',
        input: { ...input, waitUntil: new Date(atMs).toISOString(), attempt: 1, nodes: [] },
      },
      { kind: 'token', id: id(3), atMs, token: 'of-a-workflow-that-is-over', outcome: 'ended' },
    ]
    expect(await api.groups.commit({ ...group, outbox }, group.version)).toBe(true)

    await api.sweep()
    await api.sweep()

    expect((await api.groups.read(key))?.outbox).toEqual([])
    const { events } = (await api.get(`${path}/groups/pair/history`)).body
    // Beside it stands only that the group was made.
    expect(events.map((event: { id: string }) => event.id)).toEqual([expect.any(String), id(1)])
    const calls = api.grants.used.filter((call) => call.function === 'sweeper').map(({ action }) => action)
    for (const action of ['events:PutEvents', 'states:StartExecution', 'states:SendTaskSuccess']) {
      expect(calls.filter((each) => each === action)).toEqual([action])
    }
  })

  it('finishes: a group that was deleted, and one that was changed', async () => {
    const path = await api.configure('half', { deleted: ['half-1'], changed: ['half-2'] })
    const cluster = (await api.clusters.read('half')) as Cluster
    const { deleted: _, ...groups } = cluster.groups
    const changed = { ...cluster, groups, criticalServices: ['One'], pending: ['deleted', 'changed'] }
    expect(await api.clusters.commit(changed, cluster.version)).toBe(true)

    await api.sweep()

    expect((await api.clusters.read('half'))?.pending).toEqual([])
    expect(await api.groups.read({ cluster: 'half', group: 'deleted' })).toBeNull()
    const [node] = (await api.get(`${path}/groups/changed`)).body.nodes
    expect(Object.keys(node.criticalServices)).toEqual(['One'])
  })
})
