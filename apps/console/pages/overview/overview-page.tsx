import { useMemo } from 'react'
import { useBoard } from '../../live/live.tsx'
import { Page } from '../../parts/page.tsx'
import { BrakePanel } from './brake-panel.tsx'
import { GroupTable } from './group-table.tsx'
import { byUrgency } from './urgency.ts'

/** All groups of all clusters, worst first. */
export function OverviewPage() {
  const { groups, clusters, brake, isComplete } = useBoard()
  const sorted = useMemo(() => byUrgency(groups.values()), [groups])
  return (
    <Page title="Groups" description="All presence redundancy groups, those that need somebody first.">
      {brake?.holds && <BrakePanel brake={brake} />}
      <GroupTable groups={sorted} clusters={clusters} isComplete={isComplete} />
      {brake && !brake.holds && <BrakePanel brake={brake} />}
    </Page>
  )
}
