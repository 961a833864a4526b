import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import { follow, PageLink, pages } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { ChangeForm } from './change-form.tsx'
import { NEW_CLUSTER, newClusterFields, newClusterSchema } from './forms.ts'
import { Listing } from './listing.tsx'
import { NEW_CLUSTER_PLACE, placeOf } from './places.ts'
import { isStale, useClusters } from './reading.tsx'

/** All clusters. */
export function Clusters() {
  const { mayChange } = useSession()
  const { data = [], error, isPending, refetch } = useClusters()
  const add = mayChange && (
    <Button variant="primary" href={NEW_CLUSTER_PLACE} onFollow={follow}>
      Add a cluster
    </Button>
  )
  return (
    <Page
      title="Configuration"
      description="Clusters, and what belongs to them: parameters, nodes, groups, critical services."
    >
      {error && <ProblemAlert error={error} header="The clusters cannot be read" onRetry={() => void refetch()} />}
      <Listing
        title="Clusters"
        noun={['cluster', 'clusters']}
        rows={data}
        isLoading={isPending}
        nameOf={({ cluster }) => cluster}
        textOf={({ cluster, databasePublisher }) => `${cluster} ${databasePublisher}`}
        actions={add}
        none="There is no cluster yet."
        columns={[
          {
            id: 'cluster',
            header: 'Cluster',
            cell: ({ cluster }) => <PageLink to={pages.cluster(cluster)}>{cluster}</PageLink>,
            sortingField: 'cluster',
            isRowHeader: true,
          },
          { id: 'nodes', header: 'Nodes', cell: ({ nodes }) => nodes.length },
          { id: 'groups', header: 'Groups', cell: ({ groups }) => groups.length },
          { id: 'publisher', header: 'Database publisher', cell: ({ databasePublisher }) => databasePublisher },
          {
            id: 'timeout',
            header: 'Keep-alive timeout',
            cell: ({ serviceParameters }) => `${serviceParameters.keepAliveTimeoutSeconds} s`,
          },
          {
            id: 'fallback',
            header: 'Automatic fallback',
            cell: ({ serviceParameters }) => (serviceParameters.automaticFallbackEnabled ? 'on' : 'off'),
          },
        ]}
      />
    </Page>
  )
}

/** A new cluster begins with the defaults. */
export function NewCluster() {
  const { api } = useSession()
  const { data = [] } = useClusters()
  return (
    <Page title="Add a cluster" above={[{ text: 'Configuration', href: pages.configuration }]}>
      <ChangeForm
        title="New cluster"
        isNew
        standing={{ body: NEW_CLUSTER, etag: null }}
        fields={newClusterFields}
        schema={newClusterSchema(data.map(({ cluster }) => cluster))}
        send={async ({ name, ...body }, version) => {
          await api.configuration.putCluster(String(name), body, version).catch((error: unknown) => {
            if (!isStale(error)) throw error
            throw new Error(`There is a cluster “${name}” already: somebody added it meanwhile.`)
          })
        }}
        consequences={() => ['Its parameters and critical services begin with their defaults; change them afterwards.']}
        done={({ name }) => `Cluster ${name} is there. Add its nodes next.`}
        end={(body) => (body ? placeOf(String(body.name), { part: 'nodes' }) : pages.configuration)}
        besides={() => (
          <Box color="text-body-secondary">Parameters and critical services begin with their defaults.</Box>
        )}
      />
    </Page>
  )
}
