import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useMemo, useState } from 'react'
import { groupSchema } from '../../../../domain/contract/configuration.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import { useBoard, useRefreshGroup } from '../../live/live.tsx'
import { follow, PageLink, pages } from '../../parts/links.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { ChangeForm } from './change-form.tsx'
import { groupConsequences } from './consequences.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { groupBodyOf, groupFields, NEW_GROUP, newGroupSchema } from './forms.ts'
import { Listing } from './listing.tsx'
import type { PartProps } from './part.ts'
import { placeOf } from './places.ts'
import { useGroupConfiguration, useNodes } from './reading.tsx'

/** The groups of a cluster. */
export function Groups(props: PartProps) {
  const { mayChange } = useSession()
  const { change, isNew } = props.place
  if (mayChange && isNew) return <NewGroup {...props} />
  if (mayChange && change !== undefined) return <ChangedGroup {...props} group={change} />
  return <GroupList cluster={props.standing.body.cluster} mayChange={mayChange} />
}

function GroupList({ cluster, mayChange }: { cluster: string; mayChange: boolean }) {
  const { groups, isComplete } = useBoard()
  const [deleted, setDeleted] = useState<string | null>(null)
  const rows = useMemo(
    () =>
      [...groups.values()]
        .filter((status) => status.cluster === cluster)
        .sort((one, other) => one.group.localeCompare(other.group)),
    [groups, cluster],
  )
  return (
    <>
      <Listing
        title="Groups"
        noun={['group', 'groups']}
        rows={rows}
        isLoading={!isComplete && rows.length === 0}
        nameOf={({ group }) => group}
        textOf={({ group, description, nodes }) => [group, description, ...nodes.map(({ node }) => node)].join(' ')}
        none="There is no group in this cluster yet. Nodes serve nobody until they are in one."
        actions={
          mayChange && (
            <Button href={placeOf(cluster, { part: 'groups', isNew: true })} onFollow={follow}>
              Add a group
            </Button>
          )
        }
        columns={[
          {
            id: 'group',
            header: 'Group',
            cell: ({ group }) => <PageLink to={pages.group(cluster, group)}>{group}</PageLink>,
            sortingField: 'group',
            isRowHeader: true,
            minWidth: 110,
          },
          ...(mayChange
            ? [
                {
                  id: 'actions',
                  header: 'Actions',
                  minWidth: 190,
                  cell: ({ group }: GroupStatus) => (
                    <SpaceBetween direction="horizontal" size="xs">
                      <Button
                        variant="inline-link"
                        ariaLabel={`Change ${group}`}
                        href={placeOf(cluster, { part: 'groups', change: group })}
                        onFollow={follow}
                      >
                        Change
                      </Button>
                      <Button variant="inline-link" ariaLabel={`Delete ${group}`} onClick={() => setDeleted(group)}>
                        Delete
                      </Button>
                    </SpaceBetween>
                  ),
                },
              ]
            : []),
          {
            id: 'nodes',
            header: 'Nodes',
            cell: ({ nodes }) => nodes.map(({ node }) => node).join(', '),
            minWidth: 140,
          },
          {
            id: 'availability',
            header: 'High availability',
            cell: ({ highAvailability }) => (highAvailability ? 'on' : 'off'),
          },
          {
            id: 'users',
            header: 'Users',
            cell: ({ nodes }) => nodes.reduce((sum, { users }) => sum + users, 0).toLocaleString(),
          },
          { id: 'description', header: 'Description', cell: ({ description }) => description || '–', minWidth: 160 },
        ]}
      />
      {deleted !== null && <DeleteGroup cluster={cluster} group={deleted} onEnd={() => setDeleted(null)} />}
    </>
  )
}

function DeleteGroup({ cluster, group, onEnd }: { cluster: string; group: string; onEnd: () => void }) {
  const { inCluster } = useSession()
  const refresh = useRefreshGroup()
  return (
    <DeleteDialog
      what={`group ${group}`}
      standing={useGroupConfiguration(cluster, group)}
      refusals={({ highAvailability, nodes }) => [
        ...(highAvailability ? ['Its high availability is on: disable it first.'] : []),
        ...nodes
          .filter(({ users }) => users > 0)
          .map(
            ({ node, users }) => `${node} has ${users} ${users === 1 ? 'user' : 'users'}: delete or move them first.`,
          ),
      ]}
      meaning="Its nodes stay, and serve nobody until they are in a group again. Its history cannot be looked at while there is no group of that name."
      onDelete={async (etag) => {
        await inCluster(cluster).configuration.deleteGroup(group, etag)
        void refresh(cluster, group)
      }}
      onEnd={onEnd}
    />
  )
}

function NewGroup({ standing, problem }: PartProps) {
  const { inCluster } = useSession()
  const refresh = useRefreshGroup()
  const { body, etag } = standing
  const { cluster, groups } = body
  const { data: nodes } = useNodes(cluster)
  if (!nodes) return <StatusIndicator type="loading">Reading the nodes</StatusIndicator>
  return (
    <ChangeForm
      title={`New group of ${cluster}`}
      isNew
      standing={{ body: NEW_GROUP, etag }}
      problem={problem}
      fields={() => groupFields(nodes, null)}
      schema={newGroupSchema(groups)}
      send={async ({ name, ...group }, version) => {
        await inCluster(cluster).configuration.putGroup(String(name), group, version)
        void refresh(cluster, String(name))
      }}
      consequences={() => ['High availability is off at first; enable it on the page of the group.']}
      done={({ name }) => `Group ${name} is there.`}
      end={() => placeOf(cluster, { part: 'groups' })}
    />
  )
}

function ChangedGroup({ standing, group }: PartProps & { group: string }) {
  const { inCluster } = useSession()
  const refresh = useRefreshGroup()
  const { cluster } = standing.body
  const { data, error, refetch } = useGroupConfiguration(cluster, group)
  const { data: nodes } = useNodes(cluster)
  if (!data || !nodes) {
    if (error) return <ProblemAlert error={error} header="The group cannot be read" onRetry={() => void refetch()} />
    return <StatusIndicator type="loading">Reading the group</StatusIndicator>
  }
  return (
    <ChangeForm
      title={`Group ${group}`}
      standing={{ body: groupBodyOf(data.body), etag: data.etag }}
      problem={error}
      fields={() => groupFields(nodes, data.body)}
      schema={groupSchema}
      send={async (changed, version) => {
        await inCluster(cluster).configuration.putGroup(group, changed, version)
        void refresh(cluster, group)
      }}
      consequences={(from, to) => groupConsequences(from.nodes as string[], to.nodes as string[])}
      done={() => `Group ${group} is changed.`}
      end={() => placeOf(cluster, { part: 'groups' })}
    />
  )
}
