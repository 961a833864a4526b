import { createTables } from '../../apps/stage/tables.ts'
import type { BrakeChange } from '../../domain/brake.ts'
import { ordered } from '../../domain/brake.ts'
import type { BrakeStore } from '../../functions/adapters/brake-store.ts'
import { createBrakeStore } from '../../functions/adapters/brake-store.ts'
import type { Clock } from '../../functions/adapters/clock.ts'
import { brakeHolds } from '../../functions/usecases/brake.ts'
import { groupIn, NORMAL } from '../domain/pairs.ts'
import { NOW, silent, TIMEOUT } from '../domain/situation.ts'
import { type Database, startDynalite } from './databases.ts'

let database: Database
let store: BrakeStore
beforeAll(async () => {
  database = await startDynalite()
})
afterAll(() => database.end())

let tables = 0
beforeEach(async () => {
  const { brake = '' } = await createTables(database.client, `collision-${++tables}-`)
  store = createBrakeStore(database.client, brake)
})

/** Five groups would fail over, which is where the brake engages, and one of them asks. */
async function ask(brake: BrakeStore) {
  const intent = { cluster: 'c', node: 'alpha', silentSinceMs: NOW - TIMEOUT, atMs: NOW, timeoutMs: TIMEOUT }
  for (const group of ['g1', 'g2', 'g3', 'g4']) await store.note({ ...intent, group })
  const startedMs = performance.now()
  const clock: Clock = {
    read: () => ({ nowMs: NOW + performance.now() - startedMs, monotonicMs: performance.now() }),
  }
  const failures: [string, unknown][] = []
  const failed = async (what: string, error: unknown) => void failures.push([what, error])
  const ports = { brake, clock, publish: async () => undefined, failed }
  return { holds: await brakeHolds(ports, groupIn(NORMAL, silent('x'))), failures }
}

/** Before each of so many commits of whoever asks, an operator changes the brake's numbers. */
function changedBefore(commits: number) {
  const seen = { commits: 0 }
  const commit = async (change: BrakeChange) => {
    seen.commits += 1
    if (seen.commits <= commits) {
      const order = { leastPercent: 30 + seen.commits / 100 }
      await store.commit(ordered(await store.read(), [], order, 'operator', NOW) as BrakeChange)
    }
    return store.commit(change)
  }
  return { seen, brake: { ...store, commit } }
}

describe('a group that asks the fleet brake while somebody else changes it', () => {
  it('looks again, and the brake engages', async () => {
    const { seen, brake } = changedBefore(1)

    expect(await ask(brake)).toEqual({ holds: true, failures: [] })

    expect(seen.commits).toBe(2)
    expect(await store.read()).toMatchObject({ version: 2, hold: { by: 'understudy' }, leastPercent: 30.01 })
  })

  it('does not look for ever: it has no answer then, and asks again with its next heartbeat', async () => {
    const { seen, brake } = changedBefore(20)

    const { holds, failures } = await ask(brake)

    expect(holds).toBeNull()
    expect(failures).toEqual([['the fleet brake could not be asked', new Error('it changes too quickly')]])
    expect(seen.commits).toBe(5)
  })
})
