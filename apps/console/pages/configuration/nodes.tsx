import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { nodeSchema } from '../../../../domain/contract/configuration.ts'
import { isWideEnough } from '../../../../domain/re-login.ts'
import type { NodeAnswer } from '../../../client/configuration-api.ts'
import { nodeBodyOf } from '../../../client/node-body.ts'
import { follow, PageLink, pages } from '../../parts/links.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { ChangeForm } from './change-form.tsx'
import { nodeConsequences } from './consequences.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { NEW_NODE, newNodeSchema, nodeFields } from './forms.ts'
import { Listing } from './listing.tsx'
import type { PartProps } from './part.ts'
import { placeOf } from './places.ts'
import { useNode, useNodes } from './reading.tsx'
import { RecommendedLimits } from './recommended-limits.tsx'

const limitsText = ({ lowerLimitSeconds, upperLimitSeconds }: NodeAnswer['clientReLogin']): string =>
  `${lowerLimitSeconds}–${upperLimitSeconds} s`

/** The nodes of a cluster. */
export function Nodes(props: PartProps) {
  const { mayChange } = useSession()
  const { cluster } = props.standing.body
  const { change, isNew } = props.place
  if (mayChange && isNew) return <NewNode {...props} />
  if (mayChange && change !== undefined) return <ChangedNode {...props} node={change} />
  return <NodeList cluster={cluster} mayChange={mayChange} />
}

function NodeList({ cluster, mayChange }: { cluster: string; mayChange: boolean }) {
  const { data = [], error, isPending, refetch } = useNodes(cluster)
  const [deleted, setDeleted] = useState<string | null>(null)
  return (
    <SpaceBetween size="l">
      {error && <ProblemAlert error={error} header="The nodes cannot be read" onRetry={() => void refetch()} />}
      <Listing
        title="Nodes"
        noun={['node', 'nodes']}
        rows={data}
        isLoading={isPending}
        nameOf={({ node }) => node}
        textOf={({ node, group, hostName, softwareVersion, principal }) =>
          [node, group, hostName, softwareVersion, principal].join(' ')
        }
        none="There is no node in this cluster yet."
        actions={
          mayChange && (
            <Button href={placeOf(cluster, { part: 'nodes', isNew: true })} onFollow={follow}>
              Add a node
            </Button>
          )
        }
        columns={[
          {
            id: 'node',
            header: 'Node',
            cell: ({ node }) => node,
            sortingField: 'node',
            isRowHeader: true,
            minWidth: 110,
          },
          ...(mayChange
            ? [
                {
                  id: 'actions',
                  header: 'Actions',
                  minWidth: 190,
                  cell: ({ node }: NodeAnswer) => (
                    <SpaceBetween direction="horizontal" size="xs">
                      <Button
                        variant="inline-link"
                        ariaLabel={`Change ${node}`}
                        href={placeOf(cluster, { part: 'nodes', change: node })}
                        onFollow={follow}
                      >
                        Change
                      </Button>
                      <Button variant="inline-link" ariaLabel={`Delete ${node}`} onClick={() => setDeleted(node)}>
                        Delete
                      </Button>
                    </SpaceBetween>
                  ),
                },
              ]
            : []),
          {
            id: 'group',
            header: 'Group',
            sortingField: 'group',
            cell: ({ group }) =>
              group === null ? 'none: serves nobody' : <PageLink to={pages.group(cluster, group)}>{group}</PageLink>,
            minWidth: 110,
          },
          { id: 'host', header: 'Host', cell: ({ hostName }) => hostName, sortingField: 'hostName' },
          {
            id: 'version',
            header: 'Version',
            cell: ({ softwareVersion }) => softwareVersion,
            sortingField: 'softwareVersion',
          },
          { id: 'users', header: 'Users', cell: ({ users }) => users.toLocaleString(), sortingField: 'users' },
          {
            id: 'limits',
            header: 'Client re-login',
            cell: ({ clientReLogin }) => limitsText(clientReLogin),
            minWidth: 120,
          },
          { id: 'recommended', header: 'Recommended', cell: (node) => <Recommended node={node} />, minWidth: 150 },
          {
            id: 'capacity',
            header: 'Capacity class',
            cell: ({ capacityClass }) => (capacityClass === undefined ? 'not set' : `${capacityClass} users`),
          },
          { id: 'publisher', header: 'Database publisher', cell: ({ databasePublisher }) => databasePublisher },
          { id: 'principal', header: 'Principal', cell: ({ principal }) => principal, minWidth: 260 },
        ]}
      />
      {deleted !== null && <DeleteNode cluster={cluster} node={deleted} onEnd={() => setDeleted(null)} />}
    </SpaceBetween>
  )
}

function Recommended({ node: { clientReLogin, recommendedReLogin } }: { node: NodeAnswer }) {
  if (recommendedReLogin === null) return 'none: it stands alone'
  const text = limitsText(recommendedReLogin)
  if (isWideEnough(clientReLogin, recommendedReLogin)) return text
  return <StatusIndicator type="warning">{text}: wider than it is</StatusIndicator>
}

function DeleteNode({ cluster, node, onEnd }: { cluster: string; node: string; onEnd: () => void }) {
  const { inCluster } = useSession()
  return (
    <DeleteDialog
      what={`node ${node}`}
      standing={useNode(cluster, node)}
      refusals={({ group }) => (group === null ? [] : [`It is in group ${group}: take it out of the group first.`])}
      meaning="The control plane no longer answers its agent."
      onDelete={(etag) => inCluster(cluster).configuration.deleteNode(node, etag)}
      onEnd={onEnd}
    />
  )
}

function NewNode({ standing, problem }: PartProps) {
  const { inCluster } = useSession()
  const { body, etag } = standing
  const { cluster, nodes } = body
  return (
    <ChangeForm
      title={`New node of ${cluster}`}
      isNew
      standing={{ body: NEW_NODE, etag }}
      problem={problem}
      fields={() => nodeFields(body, true)}
      schema={newNodeSchema(nodes)}
      send={({ name, ...node }, version) => inCluster(cluster).configuration.putNode(String(name), node, version)}
      consequences={() => ['It serves nobody until it is in a group and its agent is heard.']}
      done={({ name }) => `Node ${name} is there. Start its agent, and put it in a group.`}
      end={() => placeOf(cluster, { part: 'nodes' })}
    />
  )
}

function ChangedNode({ standing, node }: PartProps & { node: string }) {
  const { inCluster } = useSession()
  const { cluster } = standing.body
  const { data, error, refetch } = useNode(cluster, node)
  if (!data) {
    if (error) return <ProblemAlert error={error} header="The node cannot be read" onRetry={() => void refetch()} />
    return <StatusIndicator type="loading">Reading the node</StatusIndicator>
  }
  return (
    <ChangeForm
      title={`Node ${node}`}
      standing={{ body: nodeBodyOf(data.body), etag: data.etag }}
      problem={error}
      fields={() => nodeFields(standing.body, false)}
      schema={nodeSchema}
      send={(changed, version) => inCluster(cluster).configuration.putNode(node, changed, version)}
      consequences={(from, to) => nodeConsequences(node, from, to)}
      done={() => `Node ${node} is changed.`}
      end={() => placeOf(cluster, { part: 'nodes' })}
      besides={(draft, set) => <RecommendedLimits node={data.body} draft={draft} onTake={set} />}
    />
  )
}
