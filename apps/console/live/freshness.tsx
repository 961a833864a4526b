import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import { Ago } from '../parts/time.tsx'
import { useBoard } from './live.tsx'

/** Says when what the page shows is old, and how far it is while it comes up; nothing where all is well. */
export function Freshness() {
  const { stale, isComplete, groups, groupCount } = useBoard()
  return (
    <>
      {stale && (
        <Box margin={{ bottom: 'm' }}>
          <Alert type="warning" header="What you see is old">
            The last word of the control plane came <Ago at={new Date(stale.sinceMs).toISOString()} />: {stale.why}. The
            page keeps trying, and catches up by itself.
          </Alert>
        </Box>
      )}
      {!isComplete && !stale && (
        <Box margin={{ bottom: 'm' }}>
          <ProgressBar
            value={groupCount === 0 ? 0 : (100 * groups.size) / groupCount}
            label="Reading the groups"
            additionalInfo={groupCount === 0 ? '' : `${groups.size} of ${groupCount}`}
          />
        </Box>
      )}
    </>
  )
}
