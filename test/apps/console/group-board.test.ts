import type { Api } from '../../../apps/client/api.ts'
import { GroupBoard } from '../../../apps/console/live/group-board.ts'
import { until } from '../../stage/pair-under-test.ts'

/** A control plane without groups where nothing happens; it can be out of reach. */
class QuietApi {
  isReachable = true
  /** Seconds that each question about events was to wait; undefined: as long as there is nothing to tell. */
  readonly waits: (number | undefined)[] = []

  get api(): Api {
    return {
      clusters: async () => [],
      brake: async () => ({}),
      nextEvents: async ({ wait }: { wait?: number }, signal: AbortSignal) => {
        this.waits.push(wait)
        if (!this.isReachable) throw new Error('the control plane is out of reach')
        if (wait !== 0) await ended(signal)
        return { events: [], cursor: 'here' }
      },
    } as unknown as Api
  }
}

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

describe('the board of all groups', () => {
  let quiet: QuietApi
  let board: GroupBoard
  let stop: () => void
  const isWaiting = () => quiet.waits.length > 0 && quiet.waits.at(-1) === undefined

  beforeEach(async () => {
    quiet = new QuietApi()
    board = new GroupBoard({ api: quiet.api, now: Date.now, onEvents: () => undefined })
    stop = board.start()
    await until('it waits for events', isWaiting)
  })
  afterEach(() => stop())

  it('is current once the control plane answers again, though nothing happens', async () => {
    quiet.isReachable = false
    board.resume()
    await until('it is stale', () => board.current().stale?.why === 'the control plane is out of reach')
    quiet.isReachable = true
    board.resume()
    await until('it is current', () => board.current().stale === null)
    await until('it waits for events', isWaiting)
  })

  it('is stale from the moment that the browser tells of', () => {
    board.lose('the browser is offline')
    expect(board.current().stale?.why).toBe('the browser is offline')
  })
})
