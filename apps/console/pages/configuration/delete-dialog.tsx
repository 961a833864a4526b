import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Versioned } from '../../../client/configuration-api.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { isStale, useReadAgain } from './reading.tsx'

interface DeleteDialogProps<Body> {
  /** `node alpha`. */
  what: string
  /** As it stands; it is deleted as it was shown. */
  standing: UseQueryResult<Versioned<Body>>
  /** Why it would be refused; nothing: it may be deleted. */
  refusals: (body: Body) => string[]
  meaning: string
  onDelete: (etag: string) => Promise<void>
  onEnd: (isDeleted: boolean) => void
}

/** Asks before something is deleted; says what stands in the way. */
export function DeleteDialog<Body>(props: DeleteDialogProps<Body>) {
  const { what, standing, refusals, meaning, onDelete, onEnd } = props
  const { tell } = useNotices()
  const readAgain = useReadAgain()
  const { data, error } = standing
  const found = data ? refusals(data.body) : []
  return (
    <Dialog
      title={`Delete ${what}`}
      action="Delete"
      isReady={data !== undefined && found.length === 0}
      onConfirm={async () => {
        try {
          await onDelete(data?.etag ?? '')
        } catch (thrown) {
          if (isStale(thrown)) await readAgain()
          throw thrown
        }
        tell({ type: 'success', text: `${what.charAt(0).toUpperCase()}${what.slice(1)} is deleted.` })
        onEnd(true)
        void readAgain()
      }}
      onEnd={() => onEnd(false)}
    >
      {error ? <ProblemAlert error={error} /> : !data && <StatusIndicator type="loading">Reading it</StatusIndicator>}
      {found.length > 0 ? (
        <Alert type="warning" header="It cannot be deleted now">
          {found.length === 1 ? (
            found[0]
          ) : (
            <ul>
              {found.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          )}
        </Alert>
      ) : (
        <Box>{meaning}</Box>
      )}
    </Dialog>
  )
}
