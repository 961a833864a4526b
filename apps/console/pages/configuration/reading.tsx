import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ProblemError } from '../../../client/problem.ts'
import { useSession } from '../../session/session.tsx'

/** A change of what no group uses yet has no event: what a form builds upon is looked at this often besides. */
const LOOK_AGAIN_MS = 10_000

const key = (...of: string[]) => ['configuration', ...of]

export function useClusters() {
  const { api } = useSession()
  return useQuery({ queryKey: key(), queryFn: ({ signal }) => api.clusters(signal) })
}

export function useCluster(cluster: string) {
  const { inCluster } = useSession()
  return useQuery({
    queryKey: key(cluster),
    queryFn: () => inCluster(cluster).configuration.cluster(cluster),
    refetchInterval: LOOK_AGAIN_MS,
  })
}

export function useNodes(cluster: string) {
  const { inCluster } = useSession()
  return useQuery({
    queryKey: key(cluster, 'nodes'),
    queryFn: () => inCluster(cluster).nodes(),
    refetchInterval: LOOK_AGAIN_MS,
  })
}

export function useNode(cluster: string, node: string) {
  const { inCluster } = useSession()
  return useQuery({
    queryKey: key(cluster, 'node', node),
    queryFn: () => inCluster(cluster).configuration.node(node),
    refetchInterval: LOOK_AGAIN_MS,
  })
}

export function useGroupConfiguration(cluster: string, group: string) {
  const { inCluster } = useSession()
  return useQuery({
    queryKey: key(cluster, 'group', group),
    queryFn: () => inCluster(cluster).configuration.group(group),
    refetchInterval: LOOK_AGAIN_MS,
  })
}

/** Reads anew whatever of the configuration is shown, and waits for it. */
export function useReadAgain(): () => Promise<void> {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: key() })
}

export const isGone = (error: unknown): boolean => error instanceof ProblemError && error.status === 404
export const isStale = (error: unknown): boolean => error instanceof ProblemError && error.status === 412
