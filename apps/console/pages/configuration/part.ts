import type { ClusterAnswer, Versioned } from '../../../client/configuration-api.ts'
import type { Place } from './places.ts'

/** What every part of a cluster's page is given. */
export interface PartProps {
  standing: Versioned<ClusterAnswer>
  /** Why it could not be read anew. */
  problem: unknown
  place: Place
}
