import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import type { GroupStatus } from '../../../client/answers.ts'
import { disconnection } from '../../../client/words/commands.ts'
import { useRefreshGroup } from '../../live/live.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { useSession } from '../../session/session.tsx'
import { ReadinessReport, useReadiness } from './readiness-report.tsx'

/** Whether peers stand in for each other, whether they could, and how to switch it. */
export function HighAvailabilityPanel({ status }: { status: GroupStatus }) {
  const { mayChange } = useSession()
  const [isAsking, setAsking] = useState(false)
  const [isOpen, setOpen] = useState(false)
  const { highAvailability, cluster, group } = status
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            mayChange && (
              <Button onClick={() => setAsking(true)}>{highAvailability ? 'Switch off' : 'Switch on'}</Button>
            )
          }
        >
          High availability
        </Header>
      }
    >
      <SpaceBetween size="s">
        <StatusIndicator type={highAvailability ? 'success' : 'stopped'}>
          {highAvailability ? 'on: the peer stands in for a node' : 'off: no peer stands in'}
        </StatusIndicator>
        <ExpandableSection
          headerText="Readiness report"
          expanded={isOpen}
          onChange={({ detail }) => setOpen(detail.expanded)}
        >
          {isOpen && <Report cluster={cluster} group={group} />}
        </ExpandableSection>
      </SpaceBetween>
      {isAsking &&
        (highAvailability ? (
          <SwitchOff status={status} onEnd={() => setAsking(false)} />
        ) : (
          <SwitchOn status={status} onEnd={() => setAsking(false)} />
        ))}
    </Container>
  )
}

const Report = ({ cluster, group }: { cluster: string; group: string }) => (
  <ReadinessReport asked={useReadiness(cluster, group)} group={group} />
)

function useSwitch({ cluster, group }: GroupStatus) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const refresh = useRefreshGroup()
  return async (enabled: boolean, force: boolean) => {
    await inCluster(cluster).configuration.setHighAvailability(group, enabled, force)
    tell({ type: 'success', text: `High availability of ${group} is ${enabled ? 'on' : 'off'}.` })
    await refresh(cluster, group).catch(() => undefined)
  }
}

function SwitchOff({ status, onEnd }: { status: GroupStatus; onEnd: () => void }) {
  const change = useSwitch(status)
  return (
    <Dialog
      title={`Switch high availability of ${status.group} off`}
      action="Switch off"
      onEnd={onEnd}
      onConfirm={() => change(false, false)}
    >
      <Box>Nobody takes over until it is on again. {disconnection(status.nodes)}</Box>
    </Dialog>
  )
}

function SwitchOn({ status, onEnd }: { status: GroupStatus; onEnd: () => void }) {
  const change = useSwitch(status)
  const { cluster, group, nodes } = status
  const asked = useReadiness(cluster, group)
  const [isForced, setForced] = useState(false)
  const isReady = asked.data?.ready === true
  return (
    <Dialog
      title={`Switch high availability of ${group} on`}
      action={isForced && !isReady ? 'Switch on by force' : 'Switch on'}
      size="large"
      isReady={isReady || isForced}
      onEnd={onEnd}
      onConfirm={() => change(true, isForced && !isReady)}
    >
      <Box>{disconnection(nodes)}</Box>
      <ReadinessReport asked={asked} group={group} />
      {!isReady && asked.data && (
        <Alert type="warning" header="What fails here keeps a node from standing in">
          A node whose services are down fails over to its peer at once, whether or not the peer can serve.
          <Checkbox checked={isForced} onChange={({ detail }) => setForced(detail.checked)}>
            Switch it on although the group is not ready
          </Checkbox>
        </Alert>
      )}
    </Dialog>
  )
}
