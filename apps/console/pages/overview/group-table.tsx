import { useCollection } from '@cloudscape-design/collection-hooks'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import PropertyFilter from '@cloudscape-design/components/property-filter'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { lazy, memo, Suspense, useMemo, useState } from 'react'
import { reasonLabel, stateLabel } from '../../../../domain/states.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import type { ClusterAnswer } from '../../../client/configuration-api.ts'
import { stepWords, transitionName } from '../../../client/words/words.ts'
import { useKept } from '../../parts/kept.ts'
import { PageLink, pages } from '../../parts/links.tsx'
import { useNarrow } from '../../parts/narrow.ts'
import { StateText } from '../../parts/state.tsx'
import type { Preferences } from '../../parts/table-preferences.tsx'
import { Countdown, Lasting } from '../../parts/time.tsx'
import { sinceOf, URGENCIES, URGENCY_INDICATORS, URGENCY_TEXTS, type Urgency, urgencyOf } from './urgency.ts'

const TablePreferences = lazy(() => import('../../parts/table-preferences.tsx'))

const Both = ({
  status,
  part,
}: {
  status: GroupStatus
  part: (node: GroupStatus['nodes'][number]) => React.ReactNode
}) => (
  <>
    {status.nodes.map((node) => (
      <div key={node.node}>{part(node)}</div>
    ))}
  </>
)

const Standing = ({ status }: { status: GroupStatus }) => {
  const urgency = urgencyOf(status)
  return <StatusIndicator type={URGENCY_INDICATORS[urgency]}>{URGENCY_TEXTS[urgency].label}</StatusIndicator>
}

const Running = ({ status }: { status: GroupStatus }) => {
  const { transition, schedules } = status
  if (!transition) {
    const [next] = schedules
    return next ? (
      <Box color="text-body-secondary">
        {next.action} {next.action === 'failover' ? 'of' : 'to'} {next.node} in <Countdown until={next.at} />
      </Box>
    ) : (
      '–'
    )
  }
  return (
    <>
      {transitionName(transition)}
      <Box color="text-body-secondary">
        {stepWords(transition.step, transition)}
        {transition.waitingUntil && (
          <>
            : <Countdown until={transition.waitingUntil} />
          </>
        )}
      </Box>
    </>
  )
}

const COLUMNS: TableProps.ColumnDefinition<GroupStatus>[] = [
  {
    id: 'urgency',
    header: 'Standing',
    cell: (status) => <Standing status={status} />,
    minWidth: 150,
  },
  {
    id: 'group',
    header: 'Group',
    cell: ({ cluster, group }) => <PageLink to={pages.group(cluster, group)}>{group}</PageLink>,
    isRowHeader: true,
    minWidth: 110,
  },
  { id: 'cluster', header: 'Cluster', cell: ({ cluster }) => cluster },
  { id: 'nodes', header: 'Nodes', cell: (status) => <Both status={status} part={({ node }) => node} /> },
  {
    id: 'state',
    header: 'State and reason',
    cell: (status) => (
      <Both status={status} part={({ state, reason }) => <StateText state={state} reason={reason} />} />
    ),
    minWidth: 240,
  },
  { id: 'since', header: 'Since', cell: (status) => <Lasting since={sinceOf(status)} />, minWidth: 110 },
  { id: 'transition', header: 'Transition', cell: (status) => <Running status={status} />, minWidth: 200 },
  {
    id: 'users',
    header: 'Users',
    cell: ({ nodes }) => nodes.reduce((sum, { users }) => sum + users, 0).toLocaleString(),
  },
  { id: 'description', header: 'Description', cell: ({ description }) => description || '–' },
]

/** On a phone a group is a card of its own words: nothing is cut off at the edge. */
const NARROW: TableProps.ColumnDefinition<GroupStatus>[] = [
  {
    id: 'group',
    header: 'Group',
    isRowHeader: true,
    cell: (status) => (
      <>
        <PageLink to={pages.group(status.cluster, status.group)}>{status.group}</PageLink>{' '}
        <Box variant="span" color="text-body-secondary">
          {status.cluster}
        </Box>
        <div>
          <Standing status={status} />
        </div>
        {status.transition && <Running status={status} />}
        {status.nodes.map(({ node, state, reason }) => (
          <div key={node}>
            {node}: <StateText state={state} reason={reason} />
          </div>
        ))}
      </>
    ),
  },
]

const PREFERENCES: Preferences = { pageSize: 25, wrapLines: false, hidden: ['description'] }

const FILTERS = [
  { key: 'group', propertyLabel: 'Group', groupValuesLabel: 'Groups', operators: [':', '!:', '=', '!='] },
  { key: 'cluster', propertyLabel: 'Cluster', groupValuesLabel: 'Clusters', operators: ['=', '!=', ':'] },
  { key: 'node', propertyLabel: 'Node', groupValuesLabel: 'Nodes', operators: [':', '!:'] },
  { key: 'state', propertyLabel: 'State', groupValuesLabel: 'States', operators: [':', '!:'] },
  { key: 'reason', propertyLabel: 'Reason', groupValuesLabel: 'Reasons', operators: [':', '!:'] },
] as const

/** What a filter looks at. */
const sought = (status: GroupStatus) => ({
  status,
  group: status.group,
  cluster: status.cluster,
  node: status.nodes.map(({ node }) => node).join(' '),
  state: status.nodes.map(({ state }) => stateLabel(state)).join(', '),
  reason: status.nodes.map(({ reason }) => reasonLabel(reason)).join(', '),
  description: status.description,
})

interface GroupTableProps {
  groups: readonly GroupStatus[]
  clusters: readonly ClusterAnswer[]
  isComplete: boolean
}

const ALL = 'all'

/** The table of the overview. Only the page that is shown is drawn, however many there are. */
export const GroupTable = memo(function GroupTable({ groups, clusters, isComplete }: GroupTableProps) {
  const [preferences, setPreferences] = useKept('understudy.groups', PREFERENCES)
  const [isChoosing, setChoosing] = useState(false)
  const [urgency, setUrgency] = useState<string>(ALL)
  const counts = useMemo(() => Map.groupBy(groups, urgencyOf), [groups])
  const rows = useMemo(
    () => (urgency === ALL ? groups : (counts.get(urgency as Urgency) ?? [])).map(sought),
    [groups, counts, urgency],
  )
  const {
    items,
    filteredItemsCount,
    collectionProps: { ref, empty, firstIndex, totalItemsCount },
    propertyFilterProps,
    paginationProps,
    actions,
  } = useCollection(rows, {
    propertyFiltering: {
      filteringProperties: FILTERS.map((each) => ({ ...each, operators: [...each.operators] })),
      empty: <Empty isComplete={isComplete} hasClusters={clusters.length > 0} />,
      noMatch: (
        <Box textAlign="center">
          No group matches.{' '}
          <Button onClick={() => actions.setPropertyFiltering({ tokens: [], operation: 'and' })}>Show all</Button>
        </Box>
      ),
    },
    pagination: { pageSize: preferences.pageSize },
  })
  const isNarrow = useNarrow()
  return (
    <Table
      {...{ ref, empty, firstIndex, totalItemsCount }}
      items={items.map(({ status }) => status)}
      trackBy={({ cluster, group }) => `${cluster}/${group}`}
      columnDefinitions={isNarrow ? NARROW : COLUMNS}
      columnDisplay={
        isNarrow
          ? [{ id: 'group', visible: true }]
          : COLUMNS.map(({ id = '' }) => ({ id, visible: !preferences.hidden.includes(id) }))
      }
      wrapLines={isNarrow || preferences.wrapLines}
      variant="container"
      stickyHeader
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Groups' }}
      header={
        <Header
          counter={
            filteredItemsCount === undefined || filteredItemsCount === groups.length
              ? `(${groups.length})`
              : `(${filteredItemsCount} of ${groups.length})`
          }
          variant="h2"
        >
          Standing
        </Header>
      }
      filter={
        <SpaceBetween size="xs">
          <SegmentedControl
            label="Standing"
            selectedId={urgency}
            onChange={({ detail }) => setUrgency(detail.selectedId)}
            options={[
              { id: ALL, text: `All (${groups.length})` },
              ...URGENCIES.filter((each) => counts.has(each) || each === urgency).map((each) => ({
                id: each,
                text: `${URGENCY_TEXTS[each].label} (${counts.get(each)?.length ?? 0})`,
              })),
            ]}
          />
          <PropertyFilter
            {...propertyFilterProps}
            filteringPlaceholder="Find groups by name, node, state or reason"
            filteringAriaLabel="Find groups"
          />
        </SpaceBetween>
      }
      pagination={<Pagination {...paginationProps} />}
      preferences={
        <>
          <Button
            variant="icon"
            iconName="settings"
            ariaLabel="What the table shows"
            onClick={() => setChoosing(true)}
          />
          {isChoosing && (
            <Suspense>
              <TablePreferences
                columns={COLUMNS.map(({ id = '', header }) => ({ id, label: String(header) }))}
                alwaysShown="group"
                preferences={preferences}
                onChoose={setPreferences}
                onEnd={() => setChoosing(false)}
              />
            </Suspense>
          )}
        </>
      }
    />
  )
})

const Empty = ({ isComplete, hasClusters }: { isComplete: boolean; hasClusters: boolean }) => {
  if (!isComplete) return <StatusIndicator type="loading">Reading the groups</StatusIndicator>
  return (
    <Box textAlign="center">
      {hasClusters ? 'No cluster has a group yet.' : 'There is no cluster yet.'}{' '}
      <PageLink to={pages.configuration}>Configure one</PageLink>
    </Box>
  )
}
