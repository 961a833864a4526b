import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { moveSchema } from '../../../../domain/contract/users.ts'
import type { SessionEntry } from '../../../client/answers.ts'
import type { UserEntry } from '../../../client/user-api.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { pages } from '../../parts/links.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { useSession } from '../../session/session.tsx'
import { useGroupNodes } from './cluster-data.tsx'
import { PlaceSelect } from './place-select.tsx'
import { placeOf } from './places.ts'

interface UserDialogProps {
  entry: UserEntry
  /** Undefined: not known yet. */
  sessions: SessionEntry[] | undefined
  onEnd: () => void
}

const sessionCount = (count: number): string => (count === 1 ? '1 session' : `${count} sessions`)

/** Makes what was read of the user, its login and its cluster's users old. */
function useReadAgain({ cluster, user }: UserEntry): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['users', cluster] }),
      queries.invalidateQueries({
        predicate: ({ queryKey: [first, , what, whose] }) => first === 'group' && what === 'login' && whose === user,
      }),
    ])
  }
}

/** Gives the user another home. While it is logged in only if one asks for logging it out. */
export function MoveDialog({ entry, sessions, onEnd }: UserDialogProps) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const readAgain = useReadAgain(entry)
  const groups = useGroupNodes(entry.cluster)
  const [place, setPlace] = useState('')
  const [logOut, setLogOut] = useState(false)
  const count = sessions?.length ?? 0
  const order = { ...placeOf(place), logOut: logOut && count > 0 }
  return (
    <Dialog
      title={`Move ${entry.user}`}
      action={order.logOut ? 'Log out and move' : 'Move'}
      isReady={moveSchema.safeParse(order).success && (count === 0 || logOut)}
      onEnd={onEnd}
      onConfirm={async () => {
        const { user, homeNode } = await inCluster(entry.cluster).users.move(entry.user, order)
        tell({ type: 'success', text: `${user} has its home on ${homeNode} now.` })
        await readAgain()
      }}
    >
      <Box>Its home is {entry.homeNode} now.</Box>
      <PlaceSelect label="New home" value={place} groups={groups} home={entry.homeNode} onChange={setPlace} />
      {count > 0 && (
        <Alert type="warning" header="The user is logged in">
          It can move only when it is logged out: others would go on seeing its presence as it was.
          <Checkbox checked={logOut} onChange={({ detail }) => setLogOut(detail.checked)}>
            Log it out first: {count === 1 ? 'its session ends' : `its ${count} sessions end`}.
          </Checkbox>
        </Alert>
      )}
    </Dialog>
  )
}

export function LogOutDialog({ entry, sessions, onEnd }: UserDialogProps) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const readAgain = useReadAgain(entry)
  const count = sessions?.length ?? 0
  return (
    <Dialog
      title={`Log ${entry.user} out`}
      action="Log out"
      onEnd={onEnd}
      onConfirm={async () => {
        const { sessions: ended } = await inCluster(entry.cluster).users.logOut(entry.user)
        const said =
          ended === 0
            ? `${entry.user} was not logged in.`
            : `${entry.user} is logged out: ${sessionCount(ended)} ended.`
        tell({ type: 'success', text: said })
        await readAgain()
      }}
    >
      <Box>
        {count === 0
          ? 'It is logged in with no device, as far as is known.'
          : `It is disconnected: ${sessionCount(count)} ${count === 1 ? 'ends' : 'end'}. Its clients may log in again.`}
      </Box>
    </Dialog>
  )
}

export function RemoveDialog({ entry, sessions, onEnd }: UserDialogProps) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const queries = useQueryClient()
  const count = sessions?.length ?? 0
  return (
    <Dialog
      title={`Remove ${entry.user}`}
      action="Remove"
      onEnd={onEnd}
      onConfirm={async () => {
        await inCluster(entry.cluster).users.remove(entry.user)
        tell({ type: 'success', text: `${entry.user} is removed.` })
        navigate(pages.usersOf(entry.cluster))
        queries.removeQueries({ queryKey: ['users', entry.cluster, 'one', entry.user] })
        await queries.invalidateQueries({ queryKey: ['users', entry.cluster] })
      }}
    >
      <Box>
        The user can log in no more{count > 0 ? `, and its ${sessionCount(count)} ${count === 1 ? 'ends' : 'end'}` : ''}
        . This cannot be taken back: added again, it is a new user.
      </Box>
    </Dialog>
  )
}
