import { carryOutRebalance, type Rebalanced, usersToMove } from '../../../client/rebalance.ts'
import type { RebalanceReport, UserApi } from '../../../client/user-api.ts'
import type { Progress } from '../../../client/words/pace.ts'
import { LongRun } from '../../parts/long-run.ts'

interface RebalanceView extends Rebalanced {
  phase: 'moving' | 'stopping' | 'ended'
  progress: Progress
  trouble: string
  /** Why it ended before its time; null: it did not, or somebody wanted it. */
  error: unknown
}

interface RebalanceParts {
  users: Pick<UserApi, 'rebalance'>
  plan: RebalanceReport
  logOut: boolean
  onEnd: () => void
}

/** Gives users another home, page by page, until all nodes have their fair share. */
export class RebalanceRun extends LongRun<RebalanceView> {
  readonly #parts: RebalanceParts
  readonly #stop = new AbortController()

  constructor(parts: RebalanceParts) {
    const seen: Rebalanced = { moved: 0, loggedIn: 0, last: parts.plan, done: false }
    const progress = { done: 0, all: usersToMove(parts.plan), startedAtMs: Date.now() }
    super({ ...seen, phase: 'moving', progress, trouble: '', error: null })
    this.#parts = parts
  }

  isUnderWay(): boolean {
    return this.current().phase !== 'ended'
  }

  stop(): void {
    this.#stop.abort()
    if (this.isUnderWay()) this.show({ phase: 'stopping', trouble: '' })
  }

  async carryOut(): Promise<void> {
    const { users, plan, logOut, onEnd } = this.#parts
    const { signal } = this.#stop
    const seen: Rebalanced = { moved: 0, loggedIn: 0, last: plan, done: false }
    const onPage = () => {
      const { progress } = this.current()
      // Others add and remove users meanwhile: more may have to move than were planned.
      const all = Math.max(progress.all, seen.moved)
      this.show({ ...seen, progress: { ...progress, all, done: seen.moved } })
    }
    const onTrouble = (trouble: string) => {
      if (!signal.aborted && trouble !== this.current().trouble) this.show({ trouble })
    }
    try {
      await carryOutRebalance(users, seen, { logOut, onPage, onTrouble, signal })
      this.show({ ...seen, phase: 'ended', trouble: '' })
    } catch (error) {
      this.show({ ...seen, phase: 'ended', trouble: '', error: signal.aborted ? null : error })
    }
    onEnd()
  }
}
