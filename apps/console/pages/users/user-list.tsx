import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Select from '@cloudscape-design/components/select'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { UserEntry } from '../../../client/user-api.ts'
import { PageLink, pages } from '../../parts/links.tsx'
import { useNarrow } from '../../parts/narrow.ts'
import { ProblemAlert } from '../../parts/problem.tsx'
import { Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import { AGAIN_MS, useNodes } from './cluster-data.tsx'

const COLUMNS: TableProps.ColumnDefinition<UserEntry>[] = [
  {
    id: 'user',
    header: 'User',
    cell: ({ cluster, user }) => <PageLink to={pages.user(cluster, user)}>{user}</PageLink>,
    isRowHeader: true,
    minWidth: 130,
  },
  { id: 'home', header: 'Home node', cell: ({ homeNode }) => homeNode, minWidth: 100 },
  {
    id: 'now',
    header: 'Served by',
    cell: ({ homeNode, currentNode }) =>
      currentNode === homeNode ? (
        currentNode
      ) : (
        <StatusIndicator type="warning">{currentNode}, standing in</StatusIndicator>
      ),
    minWidth: 130,
  },
  {
    id: 'group',
    header: 'Group',
    cell: ({ cluster, group }) =>
      group === null ? 'in none' : <PageLink to={pages.group(cluster, group)}>{group}</PageLink>,
  },
  { id: 'created', header: 'Added', cell: ({ createdAt }) => <Moment at={createdAt} /> },
]
const NARROW = ['user', 'home', 'now']
const PAGE_SIZE = 50
const ALL = { value: '', label: 'All nodes' }

/** All users in the order of their names, a page at a time, or those at home on one node. */
export function UserList({ cluster }: { cluster: string }) {
  const { inCluster } = useSession()
  const { data: nodes } = useNodes(cluster)
  const [node, setNode] = useState('')
  // Where each page that was seen begins; the API knows only where the next one does.
  const [cursors, setCursors] = useState<(string | undefined)[]>([undefined])
  const [index, setIndex] = useState(0)
  const cursor = cursors[index]
  const { data, error, isFetching, isPending, isPlaceholderData, refetch } = useQuery({
    queryKey: ['users', cluster, 'list', node, cursor ?? ''],
    queryFn: () =>
      inCluster(cluster).users.page({ limit: PAGE_SIZE, ...(node ? { node } : {}), ...(cursor ? { cursor } : {}) }),
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
  })
  const isNarrow = useNarrow()
  const next = isPlaceholderData ? undefined : data?.cursor
  const show = (wanted: number) => {
    if (wanted === cursors.length && next !== undefined) setCursors([...cursors, next])
    else if (wanted >= cursors.length) return
    setIndex(wanted)
  }
  const choose = (name: string) => {
    setNode(name)
    setCursors([undefined])
    setIndex(0)
  }
  const options = [
    ALL,
    ...(nodes ?? []).map((each) => ({ value: each.node, label: each.node, tags: countTag(each.users) })),
  ]
  const total = nodes?.filter((each) => node === '' || each.node === node).reduce((sum, { users }) => sum + users, 0)
  if (error && !data) return <ProblemAlert error={error} onRetry={() => void refetch()} />
  return (
    <Table
      items={data?.users ?? []}
      trackBy="user"
      columnDefinitions={COLUMNS}
      columnDisplay={COLUMNS.map(({ id = '' }) => ({ id, visible: !isNarrow || NARROW.includes(id) }))}
      wrapLines={isNarrow}
      loading={isPending}
      loadingText="Reading the users"
      variant="container"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Users' }}
      header={
        <Header
          variant="h2"
          counter={total === undefined ? '' : `(${total.toLocaleString()})`}
          actions={
            <Button
              iconName="refresh"
              ariaLabel="Read again"
              loading={isFetching && !isPending}
              onClick={() => void refetch()}
            />
          }
        >
          Users
        </Header>
      }
      filter={
        <Select
          selectedOption={options.find(({ value }) => value === node) ?? ALL}
          options={options}
          onChange={({ detail }) => choose(detail.selectedOption.value ?? '')}
          inlineLabelText="At home on"
          filteringType={options.length > 8 ? 'auto' : 'none'}
        />
      }
      pagination={
        <Pagination
          currentPageIndex={index + 1}
          pagesCount={cursors.length + (next !== undefined && index === cursors.length - 1 ? 1 : 0)}
          openEnd={total !== undefined && cursors.length + (next === undefined ? 0 : 1) < total / PAGE_SIZE}
          disabled={isPlaceholderData}
          onChange={({ detail }) => show(detail.currentPageIndex - 1)}
        />
      }
      empty={
        <Box textAlign="center">
          {node === '' ? 'The cluster has no users yet.' : `Nobody has its home on ${node}.`}
        </Box>
      }
    />
  )
}

const countTag = (users: number): string[] => [`${users.toLocaleString()} users`]
