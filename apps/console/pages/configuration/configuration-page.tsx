import { useSearch } from 'wouter/use-browser-location'
import { useSession } from '../../session/session.tsx'
import { ClusterPage } from './cluster-page.tsx'
import { Clusters, NewCluster } from './clusters.tsx'
import { placeFrom } from './places.ts'

/** What is configured: all clusters, or one of them. */
export default function ConfigurationPage({ cluster }: { cluster?: string | undefined }) {
  const search = useSearch()
  const { mayChange } = useSession()
  const place = placeFrom(search)
  if (cluster !== undefined) return <ClusterPage key={cluster} cluster={cluster} place={place} />
  return mayChange && place.isNew ? <NewCluster /> : <Clusters />
}
