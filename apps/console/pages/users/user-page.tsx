import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ProblemError } from '../../../client/problem.ts'
import type { UserEntry } from '../../../client/user-api.ts'
import { useGroup } from '../../live/live.tsx'
import { PageLink, pages } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import { AddUserDialog } from './add-user-dialog.tsx'
import { AGAIN_MS } from './cluster-data.tsx'
import { LoginPanel } from './login-panel.tsx'
import { SessionTable } from './session-table.tsx'
import { LogOutDialog, MoveDialog, RemoveDialog } from './user-dialogs.tsx'

type Change = 'move' | 'logOut' | 'remove'

/** One user: its home, where it logs in and why, its sessions; moving it, logging it out, removing it. */
export function UserPage({ cluster, user }: { cluster: string; user: string }) {
  const { inCluster, mayChange } = useSession()
  const [change, setChange] = useState<Change | null>(null)
  const entry = useQuery({
    queryKey: ['users', cluster, 'one', user],
    queryFn: () => inCluster(cluster).users.show(user),
    refetchInterval: ({ state }) => (state.error ? false : AGAIN_MS),
  })
  const sessions = useQuery({
    queryKey: ['users', cluster, 'one', user, 'sessions'],
    queryFn: () => inCluster(cluster).sessionsOfUser(user),
    enabled: entry.isSuccess,
    refetchInterval: AGAIN_MS,
  })
  const status = useGroup(cluster, entry.data?.group ?? '')
  const { refetch: readAgain } = entry
  const { refetch: readSessions } = sessions
  const version = status?.version
  useEffect(() => {
    if (version === undefined) return
    void readAgain()
    void readSessions()
  }, [version, readAgain, readSessions])
  const above = [{ text: `Users of ${cluster}`, href: pages.usersOf(cluster) }]
  if (entry.error && !(entry.data && !isGone(entry.error))) {
    return isGone(entry.error) ? (
      <NoSuchUser cluster={cluster} user={user} above={above} />
    ) : (
      <Page title={user} above={above}>
        <ProblemAlert error={entry.error} onRetry={() => void entry.refetch()} />
      </Page>
    )
  }
  if (!entry.data) {
    return (
      <Page title={user} above={above}>
        <StatusIndicator type="loading">Reading the user</StatusIndicator>
      </Page>
    )
  }
  const dialog = { entry: entry.data, sessions: sessions.data, onEnd: () => setChange(null) }
  return (
    <Page
      title={entry.data.user}
      above={above}
      actions={
        mayChange && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setChange('move')}>Move</Button>
            <Button onClick={() => setChange('logOut')}>Log out</Button>
            <Button onClick={() => setChange('remove')}>Remove</Button>
          </SpaceBetween>
        )
      }
    >
      <LoginPanel cluster={cluster} user={user} status={status} />
      <Container header={<Header variant="h2">Home</Header>}>
        <Home entry={entry.data} />
      </Container>
      <SessionTable sessions={sessions.data} error={sessions.error} />
      {change === 'move' && <MoveDialog {...dialog} />}
      {change === 'logOut' && <LogOutDialog {...dialog} />}
      {change === 'remove' && <RemoveDialog {...dialog} />}
    </Page>
  )
}

const isGone = (error: unknown): boolean => error instanceof ProblemError && error.problem.code === 'UserNotFound'

const Home = ({ entry: { cluster, homeNode, currentNode, group, createdAt } }: { entry: UserEntry }) => (
  <KeyValuePairs
    columns={4}
    items={[
      { label: 'Home node', value: homeNode },
      {
        label: 'Served by',
        value:
          currentNode === homeNode ? (
            <StatusIndicator type="success">{currentNode}, its home</StatusIndicator>
          ) : (
            <StatusIndicator type="warning">{currentNode}, standing in</StatusIndicator>
          ),
      },
      {
        label: 'Group',
        value: group === null ? 'in none' : <PageLink to={pages.group(cluster, group)}>{group}</PageLink>,
      },
      { label: 'Added', value: <Moment at={createdAt} /> },
    ]}
  />
)

function NoSuchUser({
  cluster,
  user,
  above,
}: {
  cluster: string
  user: string
  above: { text: string; href: string }[]
}) {
  const { mayChange } = useSession()
  const [isAdding, setAdding] = useState(false)
  return (
    <Page title={user} above={above}>
      <Box>
        There is no user “{user}” in cluster {cluster}.
      </Box>
      {mayChange && (
        <Box>
          <Button onClick={() => setAdding(true)}>Add {user}</Button>
        </Box>
      )}
      {isAdding && <AddUserDialog cluster={cluster} name={user} onEnd={() => setAdding(false)} />}
    </Page>
  )
}
