import Box from '@cloudscape-design/components/box'
import { useState } from 'react'
import type { GroupStatus } from '../../../client/answers.ts'
import { CUT_OFFS, INCIDENTS } from '../../../client/words/words.ts'
import { useRefreshGroup } from '../../live/live.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { useSession } from '../../session/session.tsx'

/** Says that somebody has seen what is open, and switches on again what was switched off. */
export default function AcknowledgeDialog({ status, onEnd }: { status: GroupStatus; onEnd: () => void }) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const refresh = useRefreshGroup()
  const [key] = useState(() => crypto.randomUUID())
  const { cluster, group, cutOffs, incidents } = status
  const unseen = incidents.filter(({ acknowledgedBy }) => acknowledgedBy === null)
  return (
    <Dialog
      title={`Acknowledge what is open in ${group}`}
      action="Acknowledge"
      onEnd={onEnd}
      onConfirm={async () => {
        await inCluster(cluster).acknowledge(group, key)
        tell({ type: 'success', text: `What is open in ${group} is acknowledged.` })
        await refresh(cluster, group).catch(() => undefined)
      }}
    >
      {unseen.length > 0 && (
        <div>
          It tells everybody that you have seen:
          <ul>
            {unseen.map(({ id, kind }) => (
              <li key={id}>{INCIDENTS[kind]}</li>
            ))}
          </ul>
        </div>
      )}
      {cutOffs.length > 0 ? (
        <Box>It switches on again: {cutOffs.map(({ what }) => CUT_OFFS[what]).join(', ')}.</Box>
      ) : (
        <Box color="text-body-secondary">Nothing else changes: an incident closes when its cause is gone.</Box>
      )}
    </Dialog>
  )
}
