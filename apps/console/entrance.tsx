import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { ProblemError } from '../client/problem.ts'
import { type ConsoleConfig, loadConfig } from './config.ts'
import { LongRunsProvider } from './parts/long-runs.tsx'
import { problemText } from './parts/problem.tsx'
import type { SignIn } from './session/identity.ts'
import { createSession, type Session, SessionProvider, signInOf } from './session/session.tsx'

const Console = lazy(() => import('./console.tsx'))

type Standing =
  | { kind: 'coming' }
  | { kind: 'signedOut'; config: ConsoleConfig; signIn: SignIn; why?: string }
  | { kind: 'signedIn'; session: Session; queries: QueryClient }
  | { kind: 'broken'; why: string }

/** What the API refuses is refused the second time, too. */
const MOST_TRIES = 2
const newQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < MOST_TRIES && !(error instanceof ProblemError && error.status < 500),
      },
    },
  })

/** Finds out which environment this is, and who looks; then the console opens. */
export function Entrance() {
  const [standing, setStanding] = useState<Standing>({ kind: 'coming' })

  const enter = (config: ConsoleConfig, signIn: SignIn, identity: Parameters<typeof createSession>[1]) => {
    const signOut = () => {
      void signIn.signOut().then(() => setStanding({ kind: 'signedOut', config, signIn }))
    }
    setStanding({ kind: 'signedIn', session: createSession(config, identity, signOut), queries: newQueries() })
  }
  const begin = async () => {
    const config = await loadConfig()
    const signIn = await signInOf(config)
    try {
      const identity = await signIn.resume()
      if (identity) enter(config, signIn, identity)
      else setStanding({ kind: 'signedOut', config, signIn })
    } catch (error) {
      setStanding({ kind: 'signedOut', config, signIn, why: problemText(error) })
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is opened
  useEffect(() => {
    begin().catch((error) => setStanding({ kind: 'broken', why: problemText(error) }))
  }, [])

  if (standing.kind === 'coming') return <Coming />
  if (standing.kind === 'broken') {
    return (
      <Door title="Understudy">
        <Alert
          type="error"
          header="The console cannot start"
          action={<Button onClick={() => location.reload()}>Try again</Button>}
        >
          {standing.why}
        </Alert>
      </Door>
    )
  }
  if (standing.kind === 'signedIn') {
    return (
      <SessionProvider session={standing.session}>
        <QueryClientProvider client={standing.queries}>
          <LongRunsProvider>
            <Suspense fallback={<Coming />}>
              <Console />
            </Suspense>
          </LongRunsProvider>
        </QueryClientProvider>
      </SessionProvider>
    )
  }
  const { config, signIn, why } = standing
  const go = (way: SignIn['ways'][number]) =>
    way.begin().then(
      (identity) => enter(config, signIn, identity),
      (error) => setStanding({ kind: 'signedOut', config, signIn, why: problemText(error) }),
    )
  return (
    <Door title={`Understudy: ${config.environment}`}>
      {why && (
        <Alert type="error" header="Nobody is signed in">
          {why}
        </Alert>
      )}
      {signIn.ways.map((way) => (
        <div key={way.label}>
          <Button variant={way === signIn.ways[0] ? 'primary' : 'normal'} onClick={() => void go(way)}>
            {way.label}
          </Button>
          <Box color="text-body-secondary" padding={{ top: 'xxs' }}>
            {way.description}
          </Box>
        </div>
      ))}
    </Door>
  )
}

const Coming = () => (
  <Box textAlign="center" padding="xxxl">
    <StatusIndicator type="loading">Understudy is coming up</StatusIndicator>
  </Box>
)

function Door({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <main className="door">
      <Container header={<Header variant="h1">{title}</Header>}>
        <SpaceBetween size="l">{children}</SpaceBetween>
      </Container>
    </main>
  )
}
