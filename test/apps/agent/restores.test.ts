import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { FrontConnection } from '../../../apps/agent/gate/front-connection.ts'
import type { ListedSession, SessionPage } from '../../../apps/agent/sessions/restore-pages.ts'
import { AgentHost } from './agent-host.ts'
import { eventually, Stand } from './stand.ts'

const MOVED = 1_700_000_000_000

const aSession = (user: string, different: Partial<ListedSession> = {}): ListedSession => ({
  user,
  device: 'phone',
  platform: 'ios',
  homeNode: 'b',
  pushEnabled: true,
  lostMessages: null,
  subscriptions: [],
  ...different,
})

describe('[B27] after a takeover an agent', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
  })
  afterEach(() => stand.clear())

  const file = (name: string) => path.join(stand.folder, name)
  const lines = (name: string): string[] =>
    existsSync(file(name)) ? readFileSync(file(name), 'utf8').split('\n').filter(Boolean) : []
  const users = () => lines('held').map((line) => JSON.parse(line).user as string)
  /** A node with a front of its own, whose hook is this script; `$0` is a folder for it. */
  async function withHook(script: string, sessions: object = {}) {
    const { runFile, port, written } = await stand.front()
    host.configure({
      gate: { kind: 'front', runFile, port },
      hooks: { onRestoreSessions: ['sh', '-c', script, stand.folder] },
      sessions,
    })
    const observer = new FrontConnection(written, 'observer')
    stand.afterwards(() => observer.close())
    return { openDoors: async () => (await observer.request({ read: true }, 1000)).open }
  }
  const KEEP = 'cat >> "$0/held"'
  const takenOver = () => {
    host.change = { serve: ['a', 'b'], moved: { b: MOVED } }
  }
  const reports = () => host.heartbeats.flatMap(({ sessions = [] }) => sessions)
  const done = () => eventually('it is said that all is done', () => reports().find((each) => each.done))
  /** Pages of so many sessions each; the cursor of a page is its number. */
  const pages = (all: ListedSession[], size: number) => (_: string, cursor: string | null) => {
    const place = Number(cursor ?? 0)
    const page = all.slice(place * size, (place + 1) * size)
    return Promise.resolve<SessionPage>({
      sessions: page,
      ...(all.length > (place + 1) * size ? { cursor: String(place + 1) } : {}),
    })
  }
  const many = (count: number) => Array.from({ length: count }, (_, number) => aSession(`u${number}`))

  it('re-creates what is suspended and takes pushes, page by page, and says how far it is', async () => {
    await withHook(
      `${KEEP}; echo "$UNDERSTUDY_NODE $UNDERSTUDY_PEER $UNDERSTUDY_HOME_NODE $UNDERSTUDY_REASON" > "$0/told"`,
    )
    const subscriptions = [{ presentity: 'bob', expiresAt: '2026-01-31T12:00:00.000Z' }]
    const crash = { at: new Date(MOVED).toISOString() }
    const earlier = { at: new Date(MOVED - 1).toISOString() }
    const all = [
      aSession('alice', { subscriptions, lostMessages: crash }),
      aSession('carol', { lostMessages: earlier }),
      aSession('dave', { pushEnabled: false, lostMessages: crash }),
      ...many(5),
    ]
    host.sessionsOf = pages(all, 3)
    takenOver()

    host.startAgent()

    expect(await done()).toMatchObject({ homeNode: 'b', movedAtMs: MOVED, restored: 7, failed: 0, lost: 2 })
    expect(users().sort()).toEqual(['alice', 'carol', 'u0', 'u1', 'u2', 'u3', 'u4'])
    expect(JSON.parse(lines('held').find((line) => line.includes('alice')) ?? '')).toEqual({
      user: 'alice',
      device: 'phone',
      platform: 'ios',
      homeNode: 'b',
      messagesLost: true,
      subscriptions,
    })
    expect(lines('told')).toEqual(['a b b OnAdminRequest'])
    const { said } = await host.ask('status', '--config', host.configFile)
    expect(said).toMatch(/^sessions +of the users of b: 7 re-created, /m)
    const heard = host.heartbeats.length
    await eventually('heartbeats go on', () => host.heartbeats.length > heard + 3)
    expect(host.heartbeats.slice(heard + 1).filter(({ sessions }) => sessions)).toEqual([])
  })

  it('opens the door before it knows of any session [B28]', async () => {
    const { openDoors } = await withHook(KEEP)
    const waiting = Promise.withResolvers<SessionPage>()
    host.sessionsOf = () => waiting.promise
    takenOver()
    host.startAgent()
    await eventually('both doors are open', async () => (await openDoors()).length === 2)
    expect(users()).toEqual([])
    waiting.resolve({ sessions: many(1) })
    expect(await done()).toMatchObject({ restored: 1 })
  })

  it('tries again what has failed, and names what cannot be re-created', async () => {
    // u1 never succeeds, u2 at the second time; what is printed back has failed, the rest is done.
    const script = `while read -r line; do case "$line" in
      *'"u1"'*) echo "$line"; failed=1;;
      *'"u2"'*) if [ -e "$0/once" ]; then echo "$line" >> "$0/held"; else touch "$0/once"; echo "$line"; failed=1; fi;;
      *) echo "$line" >> "$0/held";; esac; done
      [ -z "$failed" ] || { echo 'no room'; exit 1; }`
    await withHook(script, { tries: 2, batchSize: 2, atOnce: 1 })
    host.sessionsOf = pages(many(4), 100)
    takenOver()
    const agent = host.startAgent()
    expect(await done()).toMatchObject({ restored: 3, failed: 1 })
    expect(users().sort()).toEqual(['u0', 'u2', 'u3'])
    expect(agent.said()).toContain('could NOT be re-created: u1/phone (ended with exit code 1: no room)')
  })

  it('goes on where it was killed', async () => {
    await withHook(`${KEEP}; while [ -e "$0/slow" ]; do sleep 0.02; done`, { batchSize: 2, atOnce: 1 })
    writeFileSync(file('slow'), '')
    host.sessionsOf = pages(many(6), 2)
    takenOver()
    const first = host.startAgent()
    await eventually('the first page is in hand', () => users().length === 2)
    first.kill('SIGKILL')
    await eventually('it is gone', () => first.signalCode !== null)

    // The next one gets through two pages, and is killed with the third in hand.
    const asked: (string | null)[] = []
    const answer = host.sessionsOf
    host.sessionsOf = (home, cursor) => {
      asked.push(cursor)
      return cursor === '2' && asked.length < 4 ? new Promise(() => undefined) : answer(home, cursor)
    }
    rmSync(file('slow'))
    const second = host.startAgent()
    await eventually('two pages are done', () => reports().some(({ restored }) => restored === 4))
    second.kill('SIGKILL')
    await eventually('it is gone', () => second.signalCode !== null)
    asked.length = 9

    host.startAgent()

    expect(await done()).toMatchObject({ restored: 6, failed: 0 })
    expect(asked.slice(9)).toEqual(['2'])
    expect(users().sort()).toEqual(['u0', 'u0', 'u1', 'u1', 'u2', 'u3', 'u4', 'u5'])
  })

  it('drops it when the users go elsewhere, and begins anew when they come again', async () => {
    await withHook(`${KEEP}`, { batchSize: 1, atOnce: 1 })
    const asked: (string | null)[] = []
    host.sessionsOf = (home, cursor) => {
      asked.push(cursor)
      return cursor === null ? pages(many(2), 1)(home, cursor) : new Promise(() => undefined)
    }
    takenOver()
    const agent = host.startAgent()
    await eventually('the first session is there', () => users().length === 1)
    host.change = { serve: ['a'] }
    await eventually('it is dropped', () => agent.said().includes('was dropped'))
    const { length } = asked

    host.sessionsOf = pages(many(2), 1)
    host.change = { serve: ['a', 'b'], moved: { b: MOVED + 1 } }

    expect(await done()).toMatchObject({ movedAtMs: MOVED + 1, restored: 2 })
    expect(users()).toEqual(['u0', 'u0', 'u1'])
    expect(asked).toHaveLength(length)
  })

  it('asks again for what cannot be read', async () => {
    await withHook(KEEP)
    takenOver()
    const agent = host.startAgent()
    await eventually('it cannot be read', () => agent.said().includes('cannot be read, and are asked for again'))
    host.sessionsOf = pages(many(1), 1)
    expect(await done()).toMatchObject({ restored: 1 })
  })
})
