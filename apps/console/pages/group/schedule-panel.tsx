import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { lazy, Suspense, useState } from 'react'
import type { ScheduleView } from '../../../../domain/schedules.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import { capital } from '../../../client/words/text.ts'
import { callerName, plannedWords } from '../../../client/words/words.ts'
import { useRefreshGroup } from '../../live/live.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { Countdown, Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'

const ScheduleDialog = lazy(() => import('./schedule-dialog.tsx'))

/** Failovers and fallbacks that are planned for a time. */
export function SchedulePanel({ status }: { status: GroupStatus }) {
  const { mayChange } = useSession()
  const [isPlanning, setPlanning] = useState(false)
  const [cancelled, setCancelled] = useState<ScheduleView | null>(null)
  const { schedules, highAvailability } = status
  return (
    <Container
      fitHeight
      header={
        <Header
          variant="h2"
          counter={schedules.length > 0 ? `(${schedules.length})` : ''}
          description="Run at their time, if the state allows it then."
          actions={
            mayChange && (
              <Button
                onClick={() => setPlanning(true)}
                disabled={!highAvailability}
                disabledReason="High availability is off: there is nothing to schedule."
              >
                Plan
              </Button>
            )
          }
        >
          Schedules
        </Header>
      }
    >
      {schedules.length === 0 ? (
        <Box color="text-body-secondary">Nothing is planned.</Box>
      ) : (
        <SpaceBetween size="m">
          {schedules.map((schedule) => (
            <SpaceBetween key={schedule.id} size="xxs">
              <Header
                variant="h3"
                actions={
                  mayChange && (
                    <Button ariaLabel={`Cancel the ${plannedWords(schedule)}`} onClick={() => setCancelled(schedule)}>
                      Cancel
                    </Button>
                  )
                }
              >
                {capital(plannedWords(schedule))}
              </Header>
              <div>
                In <Countdown until={schedule.at} /> (<Moment at={schedule.at} />)
                <Box color="text-body-secondary">
                  {callerName(schedule.by)}
                  {schedule.reason === '' ? '' : `: ${schedule.reason}`}
                </Box>
              </div>
            </SpaceBetween>
          ))}
        </SpaceBetween>
      )}
      {isPlanning && (
        <Suspense>
          <ScheduleDialog status={status} onEnd={() => setPlanning(false)} />
        </Suspense>
      )}
      {cancelled && <CancelDialog status={status} schedule={cancelled} onEnd={() => setCancelled(null)} />}
    </Container>
  )
}

interface CancelDialogProps {
  status: GroupStatus
  schedule: ScheduleView
  onEnd: () => void
}

function CancelDialog({ status: { cluster, group }, schedule, onEnd }: CancelDialogProps) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const refresh = useRefreshGroup()
  return (
    <Dialog
      title={`Cancel the ${plannedWords(schedule)}`}
      action="Cancel it"
      onEnd={onEnd}
      onConfirm={async () => {
        await inCluster(cluster).unschedule(group, schedule.id)
        tell({ type: 'success', text: `The ${plannedWords(schedule)} is cancelled.` })
        await refresh(cluster, group).catch(() => undefined)
      }}
    >
      <Box>
        {callerName(schedule.by)} has planned it for <Moment at={schedule.at} />
        {schedule.reason === '' ? '' : `: ${schedule.reason}`}. It is not run then.
      </Box>
    </Dialog>
  )
}
