import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { userNameSchema } from '../../../../domain/contract/users.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { pages } from '../../parts/links.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { useSession } from '../../session/session.tsx'
import { useClusterEntry, useGroupNodes } from './cluster-data.tsx'
import { PlaceSelect } from './place-select.tsx'
import { placeOf } from './places.ts'

/** Adds one user, by the cluster's assignment or to a place that is named, and leads to it. */
export function AddUserDialog({ cluster, name = '', onEnd }: { cluster: string; name?: string; onEnd: () => void }) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const queries = useQueryClient()
  const mode = useClusterEntry(cluster)?.enterpriseParameters.userAssignmentMode
  const groups = useGroupNodes(cluster)
  const [user, setUser] = useState(name)
  const [place, setPlace] = useState('')
  const parsed = userNameSchema.safeParse(user.trim())
  const wrong = user === '' || parsed.success ? undefined : `A name ${parsed.error.issues[0]?.message}.`
  return (
    <Dialog
      title="Add a user"
      action="Add"
      isReady={parsed.success && (mode !== 'none' || place !== '')}
      onEnd={onEnd}
      onConfirm={async () => {
        const added = await inCluster(cluster).users.add(parsed.data ?? '', placeOf(place))
        tell({ type: 'success', text: `${added.user} has its home on ${added.homeNode}.` })
        await queries.invalidateQueries({ queryKey: ['users', cluster] })
        navigate(pages.user(cluster, added.user))
      }}
    >
      <FormField label="Name" description="As it stands before the @." errorText={wrong}>
        <Input
          value={user}
          onChange={({ detail }) => setUser(detail.value)}
          autoFocus
          autoComplete={false}
          spellcheck={false}
        />
      </FormField>
      <PlaceSelect
        label="Home"
        value={place}
        groups={groups}
        onChange={setPlace}
        {...(mode === 'none' ? {} : { assigned: ASSIGNED[mode ?? 'balanced'] })}
      />
      {mode === 'none' && (
        <Box color="text-body-secondary">The cluster assigns nobody by itself (assignment mode none).</Box>
      )}
    </Dialog>
  )
}

const ASSIGNED = {
  balanced: 'the node of the cluster that has the fewest users',
  'active-standby': 'the first node of the group that has the fewest users',
}
