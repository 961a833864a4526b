import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import type { GroupStatus } from '../../../client/answers.ts'
import type { UserLogin } from '../../../client/user-api.ts'
import { keyOf } from '../../live/group-board.ts'
import { PageLink, pages } from '../../parts/links.tsx'
import { useNarrow } from '../../parts/narrow.ts'
import { ProblemAlert } from '../../parts/problem.tsx'
import { Ago, Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import { AGAIN_MS } from './cluster-data.tsx'
import { loginReasons, type Reason, waitSentence } from './login-words.ts'

const UNTIL_SERVED_MS = 2000

/** Where the user is to log in now, why there, and how long it waits before. */
export function LoginPanel({
  cluster,
  user,
  status,
}: {
  cluster: string
  user: string
  status: GroupStatus | undefined
}) {
  const { inCluster } = useSession()
  // Each event of the group makes the answer old. That a door has opened is no event: so it is asked for again.
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['group', keyOf(cluster, status?.group ?? ''), 'login', user],
    queryFn: () => inCluster(cluster).users.login(user),
    refetchInterval: ({ state }) => (state.data?.serving === false ? UNTIL_SERVED_MS : AGAIN_MS),
  })
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button loading={isFetching} onClick={() => void refetch()}>
              Ask again
            </Button>
          }
        >
          Where to log in now
        </Header>
      }
    >
      {error && !data && <ProblemAlert error={error} />}
      {!error && !data && <StatusIndicator type="loading">Asking</StatusIndicator>}
      {data && <Answer login={data} status={status} />}
    </Container>
  )
}

function Answer({ login, status }: { login: UserLogin; status: GroupStatus | undefined }) {
  const isNarrow = useNarrow()
  return (
    <KeyValuePairs
      columns={isNarrow ? 1 : 3}
      items={[
        {
          label: 'Node',
          value: (
            <>
              <Box fontWeight="bold">{login.node}</Box>
              <Box color="text-body-secondary">{login.hostName}</Box>
              <StatusIndicator type={login.serving ? 'success' : 'error'}>
                {login.serving ? 'serves the user' : 'not serving yet'}
              </StatusIndicator>
            </>
          ),
        },
        {
          label: 'Why there',
          value: (
            <>
              {loginReasons(login, status).map((reason) => (
                <Box key={reason.text}>
                  <Sentence {...reason} />
                </Box>
              ))}
              {status && (
                <PageLink to={pages.group(status.cluster, status.group)}>More of the group {status.group}</PageLink>
              )}
            </>
          ),
        },
        { label: 'Wait before', value: waitSentence(login) },
      ]}
    />
  )
}

const Sentence = ({ text, since }: Reason) =>
  since === undefined ? (
    text
  ) : (
    <>
      {text}, since <Moment at={since} /> (<Ago at={since} />
      ).
    </>
  )
