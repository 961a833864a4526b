import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { lazy, Suspense, useState } from 'react'
import type { GroupStatus } from '../../../client/answers.ts'
import { callerName } from '../../../client/words/words.ts'
import { Countdown, Lasting, Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'

const MaintenanceDialog = lazy(() => import('./maintenance-dialog.tsx'))

export interface Place {
  /** Undefined: the whole group. */
  node: string | undefined
  name: string
  maintenance: GroupStatus['maintenance']
}

/** Maintenance of the group and of each node. */
export function MaintenancePanel({ status }: { status: GroupStatus }) {
  const { mayChange } = useSession()
  const [asked, setAsked] = useState<{ place: Place; isEnd: boolean } | null>(null)
  const places: Place[] = [
    { node: undefined, name: 'The group', maintenance: status.maintenance },
    ...status.nodes.map(({ node, maintenance }) => ({ node, name: node, maintenance })),
  ]
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" description="While it lasts nothing automatic happens; everything is watched and told.">
          Maintenance
        </Header>
      }
    >
      <SpaceBetween size="m">
        {places.map((place) => (
          <SpaceBetween key={place.name} size="xxs">
            <Header
              variant="h3"
              actions={mayChange && <Actions place={place} onAsk={(isEnd) => setAsked({ place, isEnd })} />}
            >
              {place.name}
            </Header>
            <Standing place={place} />
          </SpaceBetween>
        ))}
      </SpaceBetween>
      {asked && (
        <Suspense>
          <MaintenanceDialog status={status} {...asked} onEnd={() => setAsked(null)} />
        </Suspense>
      )}
    </Container>
  )
}

function Actions({ place: { node, maintenance }, onAsk }: { place: Place; onAsk: (isEnd: boolean) => void }) {
  const begin = maintenance ? 'Change' : 'Begin'
  const whose = node ?? 'the group'
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button ariaLabel={`${begin} maintenance of ${whose}`} onClick={() => onAsk(false)}>
        {begin}
      </Button>
      {maintenance && (
        <Button ariaLabel={`End maintenance of ${whose}`} onClick={() => onAsk(true)}>
          End
        </Button>
      )}
    </SpaceBetween>
  )
}

function Standing({ place: { maintenance } }: { place: Place }) {
  if (!maintenance) return <StatusIndicator type="stopped">not in maintenance</StatusIndicator>
  const { reason, by, since, until } = maintenance
  return (
    <div>
      <StatusIndicator type="info">{reason}</StatusIndicator>
      <Box color="text-body-secondary">
        {callerName(by)}, for <Lasting since={since} />;{' '}
        {until === null ? (
          'until somebody ends it'
        ) : (
          <>
            ends in <Countdown until={until} /> (<Moment at={until} />)
          </>
        )}
      </Box>
    </div>
  )
}
