import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs from '@cloudscape-design/components/tabs'
import { useState } from 'react'
import { useSearch } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { pages } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { useSession } from '../../session/session.tsx'
import { AddUserDialog } from './add-user-dialog.tsx'
import { LookUp } from './look-up.tsx'
import { LostSessions } from './lost-sessions.tsx'
import { NodeShares } from './node-shares.tsx'
import { UploadPanel } from './upload-panel.tsx'
import { UserList } from './user-list.tsx'

/** The users of one cluster: who they are, how they are spread, and adding many. */
export function ClusterUsers({ cluster, clusters }: { cluster: string; clusters: string[] }) {
  const { mayChange } = useSession()
  const [isAdding, setAdding] = useState(false)
  const asked = new URLSearchParams(useSearch()).get('show')
  const tabs = [
    { id: 'list', label: 'All users', content: <UserList cluster={cluster} /> },
    { id: 'nodes', label: 'Nodes and fair shares', content: <NodeShares cluster={cluster} /> },
    ...(mayChange ? [{ id: 'upload', label: 'Upload a file', content: <UploadPanel cluster={cluster} /> }] : []),
    { id: 'lost', label: 'Lost messages', content: <LostSessions cluster={cluster} /> },
  ]
  const shown = tabs.find(({ id }) => id === asked)?.id ?? 'list'
  return (
    <Page
      title="Users"
      description={`Of cluster ${cluster}: where they have their homes, and who serves them.`}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {clusters.length > 1 && (
            <Select
              selectedOption={{ value: cluster, label: cluster }}
              options={clusters.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => navigate(pages.usersOf(detail.selectedOption.value ?? cluster))}
              inlineLabelText="Cluster"
              filteringType={clusters.length > 8 ? 'auto' : 'none'}
            />
          )}
          {mayChange && <Button onClick={() => setAdding(true)}>Add a user</Button>}
        </SpaceBetween>
      }
    >
      <LookUp cluster={cluster} />
      <Tabs
        tabs={tabs}
        activeTabId={shown}
        ariaLabel="Users"
        onChange={({ detail }) => navigate(`${pages.usersOf(cluster)}?show=${detail.activeTabId}`, { replace: true })}
      />
      {isAdding && <AddUserDialog cluster={cluster} onEnd={() => setAdding(false)} />}
    </Page>
  )
}
