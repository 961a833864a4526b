import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { lazy, Suspense, useState } from 'react'
import type { Expectation } from '../../../../domain/next.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import { CUT_OFFS, callerName, INCIDENTS, restoreWords } from '../../../client/words/words.ts'
import { Countdown, Lasting, Moment, useNow } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'

const AcknowledgeDialog = lazy(() => import('./acknowledge-dialog.tsx'))

/** Why the group is as it is, what comes next, and what to do. */
export function StandingPanel({ status }: { status: GroupStatus }) {
  const { explanation, recommendedActions, next } = status
  return (
    <Container fitHeight header={<Header variant="h2">How it stands</Header>}>
      <SpaceBetween size="m">
        <div>
          {sentencesOf(explanation).map((sentence) => (
            <div key={sentence}>{sentence}</div>
          ))}
        </div>
        <Restores status={status} />
        {recommendedActions.length > 0 && (
          <div>
            <Box variant="h3">What to do</Box>
            <ul>
              {recommendedActions.map((action) => (
                <li key={action}>{action}</li>
              ))}
            </ul>
          </div>
        )}
        <div>
          <Box variant="h3">What comes next</Box>
          {next.length === 0 ? (
            <Box color="text-body-secondary">Nothing is due. Both nodes are watched.</Box>
          ) : (
            <ul>
              {next.map((each) => (
                <li key={`${each.kind} ${each.at} ${each.sentence}`}>
                  <Next expectation={each} />
                </li>
              ))}
            </ul>
          )}
        </div>
      </SpaceBetween>
    </Container>
  )
}

/** Sentences end in a point before a capital or a name; a point within `15.0.1` ends none. */
const sentencesOf = (text: string): string[] => text.split(/(?<=[.:!])\s+(?=\S+ (?:is|serves|in|has)\b|[A-Z])/)

const Next = ({ expectation: { at, sentence, rule } }: { expectation: Expectation }) => (
  <>
    {at !== null && (
      <>
        <strong>
          In <Countdown until={at} />
        </strong>{' '}
        (<Moment at={at} />
        ):{' '}
      </>
    )}
    {sentence}
    {rule !== undefined && <Box variant="span" color="text-body-secondary">{` (rule ${rule})`}</Box>}
  </>
)

function Restores({ status }: { status: GroupStatus }) {
  const nowMs = useNow()
  const words = restoreWords(status, { nowMs })
  return status.restores.map(({ homeNode, endedAt, restored, failed, lost }, index) => {
    // There were none: that is no news.
    if (endedAt !== null && restored + failed + lost === 0) return null
    return (
      <StatusIndicator key={homeNode} type={endedAt === null ? 'in-progress' : failed > 0 ? 'warning' : 'success'}>
        {words[index]}
      </StatusIndicator>
    )
  })
}

/** What somebody has to see: incidents, and what is held back or switched off. */
export function Concerns({ status }: { status: GroupStatus }) {
  const { mayChange } = useSession()
  const [isAsking, setAsking] = useState(false)
  const { incidents, cutOffs, withheld } = status
  const isUnseen = incidents.some(({ acknowledgedBy }) => acknowledgedBy === null) || cutOffs.length > 0
  if (incidents.length === 0 && cutOffs.length === 0 && !withheld) return null
  return (
    <>
      <Alert
        type={incidents.some(({ severity }) => severity === 'page') ? 'error' : 'warning'}
        header={headlineOf(status)}
        action={mayChange && isUnseen && <Button onClick={() => setAsking(true)}>Acknowledge</Button>}
      >
        <ul>
          {incidents.map(({ id, kind, severity, openedAt, acknowledgedBy }) => (
            <li key={id}>
              {INCIDENTS[kind]} ({severity === 'page' ? 'somebody was called' : 'a notice'}), open for{' '}
              <Lasting since={openedAt} />;{' '}
              {acknowledgedBy === null ? 'nobody has acknowledged it' : `acknowledged by ${callerName(acknowledgedBy)}`}
            </li>
          ))}
          {cutOffs.map(({ what, since }) => (
            <li key={what}>
              Switched off for <Lasting since={since} />: {CUT_OFFS[what]}, until somebody acknowledges
            </li>
          ))}
          {withheld && (
            <li>
              Held back for <Lasting since={withheld.since} /> ({withheld.because}): rule {withheld.rule} would apply (x
              is {withheld.node}). {withheld.why}
            </li>
          )}
        </ul>
      </Alert>
      {isAsking && (
        <Suspense>
          <AcknowledgeDialog status={status} onEnd={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  )
}

function headlineOf({ incidents, cutOffs, withheld }: GroupStatus): string {
  if (incidents.length > 0)
    return incidents.length === 1 ? 'An incident is open' : `${incidents.length} incidents are open`
  return cutOffs.length > 0
    ? 'Something is switched off'
    : `Something is held back${withheld ? `: ${withheld.because}` : ''}`
}
