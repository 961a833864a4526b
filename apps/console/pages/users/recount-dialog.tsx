import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import { useQueryClient } from '@tanstack/react-query'
import { Dialog } from '../../parts/dialog.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { useSession } from '../../session/session.tsx'
import { recountSentence } from './shares.ts'

/** Counts the users of each node anew, and tells which counts were wrong. */
export function RecountDialog({ cluster, onEnd }: { cluster: string; onEnd: () => void }) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const queries = useQueryClient()
  return (
    <Dialog
      title="Count the users anew"
      action="Count"
      onEnd={onEnd}
      onConfirm={async () => {
        const report = await inCluster(cluster).users.recount()
        tell({ type: 'success', text: recountSentence(report) })
        await queries.invalidateQueries({ queryKey: ['users', cluster] })
      }}
    >
      <Box>
        The number of each node's users is counted from the users themselves, and put right where it was wrong: after a
        restore, say.
      </Box>
      <Alert type="info">Nobody is disconnected, and users may go on being added and moved meanwhile.</Alert>
    </Dialog>
  )
}
