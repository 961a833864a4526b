import Button from '@cloudscape-design/components/button'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Tabs from '@cloudscape-design/components/tabs'
import { useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { leave } from '../../parts/leaving.ts'
import { pages } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { Groups } from './groups.tsx'
import { Nodes } from './nodes.tsx'
import { Parameters } from './parameters.tsx'
import { PARTS, type Part, type Place, placeOf } from './places.ts'
import { isGone, useCluster } from './reading.tsx'
import { Services } from './services.tsx'

const TITLES: Readonly<Record<Part, string>> = {
  parameters: 'Parameters',
  nodes: 'Nodes',
  groups: 'Groups',
  services: 'Critical services',
}

const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')

/** One cluster, part by part. */
export function ClusterPage({ cluster, place }: { cluster: string; place: Place }) {
  const { mayChange, inCluster } = useSession()
  const standing = useCluster(cluster)
  const [isDeleting, setDeleting] = useState(false)
  const { data, error, refetch } = standing
  const views: Readonly<Record<Part, typeof Parameters>> = {
    parameters: Parameters,
    nodes: Nodes,
    groups: Groups,
    services: Services,
  }
  const View = views[place.part]
  return (
    <Page
      title={cluster}
      description="What is configured of this cluster."
      above={[{ text: 'Configuration', href: pages.configuration }]}
      actions={mayChange && data && <Button onClick={() => setDeleting(true)}>Delete the cluster</Button>}
    >
      {error && (
        <ProblemAlert
          error={error}
          header={isGone(error) ? 'There is no such cluster' : 'The cluster cannot be read'}
          {...(isGone(error) ? {} : { onRetry: () => void refetch() })}
        />
      )}
      {!data && !error && <StatusIndicator type="loading">Reading the cluster</StatusIndicator>}
      {data && (
        <Tabs
          ariaLabel="Parts of the configuration"
          activeTabId={place.part}
          onChange={({ detail }) => {
            const { activeTabHref } = detail
            if (activeTabHref !== undefined) leave(() => navigate(activeTabHref))
          }}
          tabs={PARTS.map((part) => ({
            id: part,
            label: TITLES[part],
            href: placeOf(cluster, { part }),
            content: part === place.part && (
              <View key={JSON.stringify(place)} standing={data} problem={error} place={place} />
            ),
          }))}
        />
      )}
      {isDeleting && (
        <DeleteDialog
          what={`cluster ${cluster}`}
          standing={standing}
          refusals={({ nodes }) =>
            nodes.length > 0
              ? [
                  `It has ${nodes.length === 1 ? 'a node' : `${nodes.length} nodes`} (${listed(nodes)}): delete ${nodes.length === 1 ? 'it' : 'them'} first.`,
                ]
              : []
          }
          meaning="Its parameters and its list of critical services are gone then. It has no nodes, so nobody is served by it."
          onDelete={(etag) => inCluster(cluster).configuration.deleteCluster(cluster, etag)}
          onEnd={(isDeleted) => {
            setDeleting(false)
            if (isDeleted) navigate(pages.configuration)
          }}
        />
      )}
    </Page>
  )
}
