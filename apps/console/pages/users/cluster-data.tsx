import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ClusterAnswer, NodeAnswer } from '../../../client/configuration-api.ts'
import { useBoard } from '../../live/live.tsx'
import { useSession } from '../../session/session.tsx'
import type { GroupNodes } from './places.ts'

/** How often what no event tells of is read again: users, and their sessions. */
export const AGAIN_MS = 15_000

export const useClusterEntry = (cluster: string): ClusterAnswer | undefined =>
  useBoard().clusters.find((each) => each.cluster === cluster)

/** The groups of a cluster with their nodes, in the order of their names. */
export function useGroupNodes(cluster: string): GroupNodes[] {
  const { groups } = useBoard()
  return useMemo(
    () =>
      [...groups.values()]
        .filter((status) => status.cluster === cluster)
        .map(({ group, nodes }) => ({ group, nodes: nodes.map(({ node }) => node) }))
        .sort((one, other) => one.group.localeCompare(other.group)),
    [groups, cluster],
  )
}

/** The nodes of a cluster with the numbers of their users. */
export function useNodes(cluster: string) {
  const { inCluster } = useSession()
  return useQuery<NodeAnswer[]>({
    queryKey: ['users', cluster, 'nodes'],
    queryFn: () => inCluster(cluster).nodes(),
    refetchInterval: AGAIN_MS,
  })
}
