import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { userCount } from '../../../client/words/pace.ts'
import { useLongRun } from '../../parts/long-runs.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import type { RebalanceRun } from './rebalance-run.ts'
import { RunProgress } from './run-progress.tsx'

/** The rebalance of the cluster that is under way, or was the last; and how to begin one or put it away. */
export const useRebalance = (cluster: string) => useLongRun<RebalanceRun>(`rebalance ${cluster}`)

/** How far a rebalance has come, and how it ended. */
export function RebalancePanel({ cluster, run }: { cluster: string; run: RebalanceRun }) {
  const [, put] = useRebalance(cluster)
  const { phase, progress, trouble, error, moved, loggedIn, done } = run.current()
  if (phase !== 'ended') {
    return (
      <RunProgress
        label="Users move"
        progress={progress}
        trouble={trouble}
        isStopping={phase === 'stopping'}
        onStop={() => run.stop()}
      />
    )
  }
  const said = `Moved ${userCount(moved)}.`
  const stayed =
    loggedIn === 0 ? '' : ` ${userCount(loggedIn)} stayed, being logged in: rebalance with logging out moves them, too.`
  const broken = done ? '' : ' It was broken off: to rebalance again goes on with the others.'
  return (
    <>
      {error !== null && <ProblemAlert header="The rebalance has stopped" error={error} />}
      <Alert
        type={done ? (loggedIn === 0 ? 'success' : 'info') : 'warning'}
        action={<Button onClick={() => put(undefined)}>Close</Button>}
      >
        {said}
        {stayed}
        {broken}
      </Alert>
    </>
  )
}
