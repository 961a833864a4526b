import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { SessionEntry } from '../../../client/answers.ts'
import { useNarrow } from '../../parts/narrow.ts'
import { ProblemAlert } from '../../parts/problem.tsx'
import { Ago, Moment } from '../../parts/time.tsx'

const COLUMNS: TableProps.ColumnDefinition<SessionEntry>[] = [
  { id: 'device', header: 'Device', cell: ({ device }) => device, isRowHeader: true },
  { id: 'platform', header: 'Platform', cell: ({ platform }) => platform },
  { id: 'mode', header: 'Mode', cell: ({ mode, pushEnabled }) => (pushEnabled ? `${mode}, takes pushes` : mode) },
  {
    id: 'node',
    header: 'On',
    cell: ({ node }) => node ?? <StatusIndicator type="stopped">ended: has to log in again</StatusIndicator>,
  },
  { id: 'put', header: 'Last told of', cell: ({ putAt }) => <Ago at={putAt} /> },
  {
    id: 'lost',
    header: 'Lost messages',
    cell: ({ lostMessages }) =>
      lostMessages === null ? (
        'none'
      ) : (
        <StatusIndicator type="warning">
          what was queued on {lostMessages.node}, <Moment at={lostMessages.at} />
        </StatusIndicator>
      ),
  },
  { id: 'expires', header: 'Forgotten at', cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
]
const NARROW = ['device', 'node', 'lost']

/** What the user is logged in with. */
export function SessionTable({ sessions, error }: { sessions: SessionEntry[] | undefined; error: unknown }) {
  const isNarrow = useNarrow()
  if (error && !sessions) return <ProblemAlert header="The sessions cannot be read" error={error} />
  return (
    <Table
      items={(sessions ?? []).toSorted((one, other) => one.device.localeCompare(other.device))}
      trackBy="device"
      columnDefinitions={COLUMNS}
      columnDisplay={COLUMNS.map(({ id = '' }) => ({ id, visible: !isNarrow || NARROW.includes(id) }))}
      wrapLines
      loading={sessions === undefined}
      loadingText="Reading the sessions"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Sessions' }}
      header={
        <Header
          variant="h2"
          counter={sessions ? `(${sessions.length})` : ''}
          description="Of each device, as the node that it is on has told."
        >
          Sessions
        </Header>
      }
      empty="The user is not logged in."
    />
  )
}
