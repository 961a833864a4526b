import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { PageLink, pages } from '../../parts/links.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { useClusterEntry, useGroupNodes, useNodes } from './cluster-data.tsx'
import { RebalanceDialog } from './rebalance-dialog.tsx'
import { RebalancePanel, useRebalance } from './rebalance-panel.tsx'
import { RecountDialog } from './recount-dialog.tsx'
import { type NodeShare, sharesOf } from './shares.ts'

const columnsOf = (cluster: string): TableProps.ColumnDefinition<NodeShare>[] => [
  { id: 'node', header: 'Node', cell: ({ node }) => node, isRowHeader: true },
  {
    id: 'group',
    header: 'Group',
    cell: ({ group }) => (group === null ? 'in none' : <PageLink to={pages.group(cluster, group)}>{group}</PageLink>),
  },
  { id: 'users', header: 'Users', cell: ({ users }) => users.toLocaleString() },
  { id: 'fair', header: 'Fair share', cell: ({ fairShare }) => fairShare?.toLocaleString() ?? '–' },
  {
    id: 'change',
    header: 'Off by',
    cell: ({ users, fairShare }) => (fairShare === null ? '–' : off(users - fairShare)),
  },
]

const off = (by: number): string => (by === 0 ? 'level' : `${by > 0 ? '+' : '−'}${Math.abs(by).toLocaleString()}`)

const MODES = {
  balanced: 'Users are assigned to all nodes evenly (balanced).',
  'active-standby': 'Users are assigned to the first node of each group (active-standby).',
  none: 'The cluster assigns nobody by itself (none), so that no share is fair.',
}

/** How many users each node has, and should have; levelling and counting them. */
export function NodeShares({ cluster }: { cluster: string }) {
  const { mayChange } = useSession()
  const entry = useClusterEntry(cluster)
  const groups = useGroupNodes(cluster)
  const { data: nodes, error, refetch } = useNodes(cluster)
  const [rebalance] = useRebalance(cluster)
  const [asked, setAsked] = useState<'rebalance' | 'recount' | null>(null)
  const mode = entry?.enterpriseParameters.userAssignmentMode ?? 'balanced'
  if (error && !nodes) return <ProblemAlert error={error} onRetry={() => void refetch()} />
  return (
    <SpaceBetween size="l">
      {rebalance && <RebalancePanel cluster={cluster} run={rebalance} />}
      <Table
        items={entry && nodes ? sharesOf(entry, groups, nodes) : []}
        trackBy="node"
        columnDefinitions={columnsOf(cluster)}
        loading={!nodes}
        loadingText="Reading the nodes"
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Nodes' }}
        header={
          <Header
            variant="h2"
            description={MODES[mode]}
            actions={
              mayChange && (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button onClick={() => setAsked('recount')}>Count anew</Button>
                  {mode !== 'none' && (
                    <Button onClick={() => setAsked('rebalance')} disabled={rebalance?.isUnderWay() ?? false}>
                      Rebalance
                    </Button>
                  )}
                </SpaceBetween>
              )
            }
          >
            Users per node
          </Header>
        }
        empty={<Box textAlign="center">The cluster has no nodes yet.</Box>}
      />
      {asked === 'rebalance' && <RebalanceDialog cluster={cluster} onEnd={() => setAsked(null)} />}
      {asked === 'recount' && <RecountDialog cluster={cluster} onEnd={() => setAsked(null)} />}
    </SpaceBetween>
  )
}
