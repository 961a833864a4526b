import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Steps, { type StepsProps } from '@cloudscape-design/components/steps'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { reasonLabel } from '../../../../domain/states.ts'
import type { EventRecord, GroupStatus, RunningTransition, TransitionReport } from '../../../client/answers.ts'
import { measured } from '../../../client/words/time.ts'
import { callerName, transitionName } from '../../../client/words/words.ts'
import { keyOf } from '../../live/group-board.ts'
import { useNarrow } from '../../parts/narrow.ts'
import { Ago, Countdown, Lasting, useNow } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import { urgencyOf } from '../overview/urgency.ts'
import { endedSteps, isNews, runningSteps, type WorkflowStep } from './workflow.ts'

/** Where the history stands on the page. */
export const HISTORY = 'history'

interface TransitionPanelProps {
  status: GroupStatus
  /** Of the transition that was begun on this page: what was planned. */
  planned: { id: string; steps: string[] } | null
}

/** The running transition as its workflow; after its end, for a while, how it went. */
export function TransitionPanel({ status, planned }: TransitionPanelProps) {
  const { transition } = status
  if (!transition) return <LastOutcome status={status} />
  return (
    <Container
      header={
        <Header variant="h2" description={<Why transition={transition} />}>
          {transitionName(transition)}
        </Header>
      }
    >
      <Workflow steps={runningSteps(status, planned?.id === transition.id ? planned.steps : undefined)} />
    </Container>
  )
}

const Why = ({ transition: { trigger, requestedBy, schedule, startedAt } }: { transition: RunningTransition }) => (
  <>
    {reasonLabel(trigger)}
    {requestedBy !== '' && requestedBy !== 'understudy' && `, ${schedule ? 'planned' : 'asked for'} by `}
    {requestedBy !== '' && requestedBy !== 'understudy' && callerName(requestedBy)}, for <Lasting since={startedAt} />
  </>
)

const INDICATORS: Readonly<Record<WorkflowStep['standing'], [StepsProps.Status, label: string]>> = {
  done: ['success', 'Done'],
  current: ['in-progress', 'In progress'],
  toCome: ['pending', 'To come'],
  failed: ['error', 'Failed'],
}

function Workflow({ steps }: { steps: WorkflowStep[] }) {
  const isNarrow = useNarrow()
  return (
    <Steps
      ariaLabel="Steps of the transition"
      orientation={isNarrow ? 'vertical' : 'horizontal'}
      steps={steps.map((step): StepsProps.Step => {
        const [status, statusIconAriaLabel] = INDICATORS[step.standing]
        return {
          status,
          statusIconAriaLabel,
          header: step.standing === 'current' ? <strong>{step.words}</strong> : step.words,
          details: <StepDetails step={step} />,
        }
      })}
    />
  )
}

const StepDetails = ({ step: { standing, durationMs, startedAt, waitsFor, until } }: { step: WorkflowStep }) => (
  <Box color="text-body-secondary" fontSize="body-s">
    {durationMs !== undefined && measured(durationMs)}
    {standing === 'current' && (
      <>
        Waits for {waitsFor}
        {until && (
          <>
            : <Countdown until={until} /> at most
          </>
        )}
        .{' '}
        {startedAt && (
          <>
            For <Lasting since={startedAt} /> now.
          </>
        )}
      </>
    )}
    {standing === 'toCome' && 'to come'}
  </Box>
)

/** How many events are looked at for the last transition. */
const LOOKED_AT = 100

/** The last transition that is over, of a group in which none is running. */
function useLastTransition({ cluster, group }: GroupStatus): TransitionReport | null {
  const { inCluster } = useSession()
  const { data } = useQuery({
    queryKey: ['group', keyOf(cluster, group), 'last transition'],
    queryFn: async () => {
      const api = inCluster(cluster)
      const id = lastOf(await api.latest(group, LOOKED_AT))
      return id === null ? null : api.transition(group, id)
    },
    retry: 1,
  })
  return data ?? null
}

function lastOf(events: EventRecord[]): string | null {
  const told = events.find(({ detailType }) => detailType === 'Transition State Change')
  return (told?.detail.transition as { id: string } | undefined)?.id ?? null
}

const ENDS = {
  SUCCEEDED: ['success', 'has succeeded'],
  FAILED: ['error', 'has failed'],
  CANCELLED: ['info', 'was cancelled'],
} as const

function LastOutcome({ status }: { status: GroupStatus }) {
  const report = useLastTransition(status)
  const nowMs = useNow()
  const [dismissed, setDismissed] = useState('')
  if (!report?.endedAt || !isNews(report, nowMs) || report.id === dismissed) return null
  if (report.status === 'WAITING' || report.status === 'RUNNING') return null
  const [tone, end] = ENDS[report.status]
  // What came of it since may be bad: then nothing here looks as if all were well.
  const type = tone === 'success' && urgencyOf(status) === 'unserved' ? 'info' : tone
  return (
    <Alert
      type={type}
      header={`${transitionName(report)} ${end}`}
      dismissible
      dismissAriaLabel="Do not show this any more"
      onDismiss={() => setDismissed(report.id)}
    >
      {reasonLabel(report.trigger)}; it ended <Ago at={report.endedAt} />
      {report.durationMs === undefined ? '' : `, after ${measured(report.durationMs)}`}.{' '}
      <Link href={`#${HISTORY}`} variant="primary">
        See what happened
      </Link>
      <Workflow steps={endedSteps(report)} />
    </Alert>
  )
}
