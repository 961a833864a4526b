/** What may happen to a pair in one exploration beside silence, time, orders and requests: all at once is too much. */
export interface Scope {
  name: string
  /** How many kinds of fault there are at once at most: somebody is not heard, services are down, a fence. */
  faults: number
  /** Agents and hosts start anew, say good-bye, are heard after a gap. */
  anew: boolean
  /** Critical services and database services fail. */
  services: boolean
  /** The database service of a node may fail while a critical service is down. */
  bothServices: boolean
  /** A node does not hear, or has lost its road and is kept open by its peer. */
  roads: boolean
  /** An administrator closes the doors on the node itself. */
  fences: boolean
  /** The group's parameter [B15]. */
  automaticFallback: boolean
  /** Somebody works on the group. */
  maintenance: boolean
  /** What has happened too often is switched off [B15] [B16]. */
  cutOffs: boolean
  /** The fleet brake holds and is released. */
  brake: boolean
}

const LEAST = {
  faults: 1,
  anew: false,
  services: false,
  bothServices: false,
  roads: false,
  fences: false,
  automaticFallback: false,
  maintenance: false,
  cutOffs: false,
  brake: false,
}

/** The parts that the policy is explored in; what is bounded in each stands in the README. */
export const SCOPES: readonly Scope[] = [
  { ...LEAST, name: 'roads that are lost', roads: true },
  { ...LEAST, name: 'fences, and nodes that are not heard', fences: true, faults: 2, brake: true },
  { ...LEAST, name: 'fences during maintenance', fences: true, faults: 2, maintenance: true },
  { ...LEAST, name: 'services that fail', services: true, bothServices: true, automaticFallback: true },
  { ...LEAST, name: 'fences, and services that fail', fences: true, services: true, faults: 2 },
  {
    ...LEAST,
    name: 'maintenance, cut-offs and the fleet brake',
    maintenance: true,
    cutOffs: true,
    brake: true,
    services: true,
    automaticFallback: true,
  },
  {
    ...LEAST,
    name: 'maintenance while hosts start anew',
    maintenance: true,
    anew: true,
    automaticFallback: true,
  },
  { ...LEAST, name: 'agents and hosts that start anew', anew: true, services: true },
]
