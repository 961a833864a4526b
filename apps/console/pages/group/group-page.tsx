import Box from '@cloudscape-design/components/box'
import Grid from '@cloudscape-design/components/grid'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { lazy, memo, Suspense, useEffect, useRef, useState } from 'react'
import type { GroupStatus } from '../../../client/answers.ts'
import { useBoard, useGroup, useRefreshGroup } from '../../live/live.tsx'
import { PageLink, pages } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { useSession } from '../../session/session.tsx'
import { URGENCY_INDICATORS, URGENCY_TEXTS, urgencyOf } from '../overview/urgency.ts'
import { CommandButtons } from './command-buttons.tsx'
import { HighAvailabilityPanel } from './high-availability-panel.tsx'
import { MaintenancePanel } from './maintenance-panel.tsx'
import { NodeCard } from './node-card.tsx'
import { SchedulePanel } from './schedule-panel.tsx'
import { ServingPicture } from './serving-picture.tsx'
import { Concerns, StandingPanel } from './standing-panel.tsx'
import { HISTORY, TransitionPanel } from './transition-panel.tsx'
import './group-page.css'

const HistoryPanel = lazy(() => import('./history/history-panel.tsx'))

interface GroupPageProps {
  cluster: string
  group: string
}

/** All about one group, and all that an operator can do to it. */
export default function GroupPage({ cluster, group }: GroupPageProps) {
  const status = useKnownGroup(cluster, group)
  const { isComplete } = useBoard()
  if (status) {
    return (
      <div className="group-page">
        <Group status={status} />
      </div>
    )
  }
  if (!isComplete) {
    return (
      <Page title={group} description={`Cluster ${cluster}`} above={ABOVE}>
        <div role="status">
          <Spinner size="large" /> Reading the group
        </div>
      </Page>
    )
  }
  return (
    <Page title={`No group ${group}`} above={ABOVE}>
      <Box>
        Cluster {cluster} has no group {group}: it was deleted, or never was there.{' '}
        <PageLink to={pages.overview}>See all groups</PageLink>
      </Box>
    </Page>
  )
}

const ABOVE = [{ text: 'Groups', href: pages.overview }]
/** What changes by the clock alone (heartbeats, leases, what comes next) has no event. */
const LOOK_MS = 5000

/** The group as it is known, read anew every few seconds as long as somebody can see it. */
function useKnownGroup(cluster: string, group: string): GroupStatus | undefined {
  const status = useGroup(cluster, group)
  const { isComplete } = useBoard()
  const refresh = useRefreshGroup()
  const last = useRef(status)
  useEffect(() => {
    let isLooking = false
    const look = async () => {
      if (isLooking || document.visibilityState !== 'visible') return
      isLooking = true
      // That the API cannot be reached is said above the page, by the feed.
      await refresh(cluster, group).catch(() => undefined)
      isLooking = false
    }
    void look()
    const timer = setInterval(() => void look(), LOOK_MS)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [refresh, cluster, group])
  useEffect(() => {
    if (status) last.current = status
  }, [status])
  // While all groups are read for the first time, one that was read before may not be there yet.
  return status ?? (isComplete ? undefined : last.current)
}

const COLUMNS = [{ colspan: { default: 12, m: 6 } }, { colspan: { default: 12, m: 6 } }] as const

/** Other groups change, too: that draws nothing here anew. */
const Group = memo(function Group({ status }: { status: GroupStatus }) {
  const { mayChange } = useSession()
  const { cluster, group, description, nodes } = status
  const [planned, setPlanned] = useState<{ id: string; steps: string[] } | null>(null)
  const versions = useConfiguredVersions(cluster)
  const urgency = urgencyOf(status)
  return (
    <Page
      title={group}
      above={ABOVE}
      info={<StatusIndicator type={URGENCY_INDICATORS[urgency]}>{URGENCY_TEXTS[urgency].label}</StatusIndicator>}
      description={`Cluster ${cluster}${description === '' ? '' : ` · ${description}`} · ${URGENCY_TEXTS[urgency].meaning}`}
      actions={
        mayChange && (
          <CommandButtons
            status={status}
            onBegun={({ id, plan }) => setPlanned({ id, steps: plan.steps.map(({ step }) => step) })}
          />
        )
      }
    >
      <Concerns status={status} />
      <TransitionPanel status={status} planned={planned} />
      <Grid gridDefinition={[...COLUMNS]}>
        <StandingPanel status={status} />
        <ServingPicture status={status} />
      </Grid>
      <Grid gridDefinition={nodes.map(() => COLUMNS[0])}>
        {nodes.map((node) => (
          <NodeCard key={node.node} node={node} configuredVersion={versions?.get(node.node)} />
        ))}
      </Grid>
      <Grid gridDefinition={[...COLUMNS]}>
        <SchedulePanel status={status} />
        <MaintenancePanel status={status} />
      </Grid>
      <HighAvailabilityPanel status={status} />
      <section id={HISTORY} aria-label="History">
        <Suspense fallback={<Spinner />}>
          <HistoryPanel cluster={cluster} group={group} />
        </Suspense>
      </section>
    </Page>
  )
})

/** The software version that is configured for each node of the cluster. */
function useConfiguredVersions(cluster: string): Map<string, string> | undefined {
  const { inCluster } = useSession()
  const { data } = useQuery({
    queryKey: ['configuration', cluster, 'nodes'],
    queryFn: () => inCluster(cluster).nodes(),
  })
  return data && new Map(data.map(({ node, softwareVersion }) => [node, softwareVersion]))
}
