import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import type { TableProps } from '@cloudscape-design/components/table'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { SessionEntry } from '../../../client/answers.ts'
import { PageLink, pages } from '../../parts/links.tsx'
import { useNarrow } from '../../parts/narrow.ts'
import { PagedTable } from '../../parts/paged-table.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import { useGroupNodes } from './cluster-data.tsx'
import { lostCsv } from './csv-files.ts'

const columnsOf = (cluster: string): TableProps.ColumnDefinition<SessionEntry>[] => [
  {
    id: 'user',
    header: 'User',
    cell: ({ user }) => <PageLink to={pages.user(cluster, user)}>{user}</PageLink>,
    isRowHeader: true,
  },
  { id: 'device', header: 'Device', cell: ({ device }) => device },
  { id: 'platform', header: 'Platform', cell: ({ platform }) => platform },
  { id: 'home', header: 'Home node', cell: ({ homeNode }) => homeNode },
  { id: 'node', header: 'Crashed node', cell: ({ lostMessages }) => lostMessages?.node ?? '–' },
  { id: 'at', header: 'Lost at', cell: ({ lostMessages }) => lostMessages && <Moment at={lostMessages.at} /> },
]
const NARROW = ['user', 'node', 'at']
const ALL = { value: '', label: 'All nodes' }

/** Sessions whose queued messages went with a node that crashed, by the home node of their users [B27]. */
export function LostSessions({ cluster }: { cluster: string }) {
  const { inCluster } = useSession()
  const nodes = useGroupNodes(cluster).flatMap((each) => each.nodes)
  const [node, setNode] = useState('')
  const asked = node === '' ? nodes : [node]
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['users', cluster, 'lost', ...asked],
    queryFn: async () => {
      const found: SessionEntry[] = []
      for (const each of asked) found.push(...(await inCluster(cluster).lostSessions(each)))
      return found.sort((one, other) => one.user.localeCompare(other.user) || one.device.localeCompare(other.device))
    },
  })
  const isNarrow = useNarrow()
  const columns = columnsOf(cluster)
  const options = [ALL, ...nodes.map((value) => ({ value, label: value }))]
  if (error && !data) return <ProblemAlert error={error} onRetry={() => void refetch()} />
  return (
    <PagedTable
      items={data ?? []}
      trackBy={({ user, device }) => `${user}/${device}`}
      columnDefinitions={columns}
      columnDisplay={columns.map(({ id = '' }) => ({ id, visible: !isNarrow || NARROW.includes(id) }))}
      wrapLines={isNarrow}
      loading={!data}
      loadingText="Reading the sessions"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Sessions with lost messages' }}
      header={
        <Header
          variant="h2"
          counter={data ? `(${data.length.toLocaleString()})` : ''}
          description="Sessions for which messages were queued on a node that crashed, during the last 30 days."
          actions={
            <Button
              iconName="download"
              disabled={!data?.length || isFetching}
              onClick={() => saveFile(`lost-messages-${cluster}${node && `-${node}`}.csv`, lostCsv(data ?? []))}
            >
              Download as CSV
            </Button>
          }
        >
          Lost messages
        </Header>
      }
      filter={
        <Select
          selectedOption={options.find(({ value }) => value === node) ?? ALL}
          options={options}
          onChange={({ detail }) => setNode(detail.selectedOption.value ?? '')}
          inlineLabelText="Of users at home on"
          filteringType={options.length > 8 ? 'auto' : 'none'}
        />
      }
      empty={<Box textAlign="center">No crash has taken messages that were queued for a session.</Box>}
    />
  )
}
