import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useBoard } from '../../live/live.tsx'
import { PageLink, pages } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { ClusterUsers } from './cluster-users.tsx'
import { UserPage } from './user-page.tsx'

/** The users of a cluster, or one of them. The only cluster there is is chosen by itself. */
export default function UsersPage({ cluster, user }: { cluster?: string | undefined; user?: string | undefined }) {
  const { clusters, isComplete } = useBoard()
  const names = clusters.map((each) => each.cluster)
  const chosen = cluster ?? (names.length === 1 ? names[0] : undefined)
  if (chosen !== undefined && names.includes(chosen)) {
    if (user !== undefined) return <UserPage key={`${chosen}/${user}`} cluster={chosen} user={user} />
    return <ClusterUsers key={chosen} cluster={chosen} clusters={names} />
  }
  return (
    <Page title="Users">
      {!isComplete ? (
        <StatusIndicator type="loading">Reading the clusters</StatusIndicator>
      ) : (
        <>
          {chosen !== undefined && <Alert type="error">There is no cluster “{chosen}”.</Alert>}
          {names.length === 0 ? (
            <Box>
              There is no cluster yet. <PageLink to={pages.configuration}>Configure one</PageLink>
            </Box>
          ) : (
            <Box>
              Users of which cluster?
              <ul>
                {names.map((name) => (
                  <li key={name}>
                    <PageLink to={pages.usersOf(name)}>{name}</PageLink>
                  </li>
                ))}
              </ul>
            </Box>
          )}
        </>
      )}
    </Page>
  )
}
