import type { Clock } from './clock.ts'
import type { ClusterStore } from './cluster-store.ts'

/** Who is an agent, among all clusters. */
export interface Agents {
  /** Is a caller, who may be registered under any of these ARNs, the principal of a node? */
  include(principals: readonly string[]): Promise<boolean>
}

/** Whoever was no agent may have become one: after this time it is looked up again. */
const FRESH_MS = 60_000
const MOST_REMEMBERED = 10_000

/** A container serves few callers: each is looked for among all clusters once in a while, not with every call. */
export function createAgents(clusters: ClusterStore, clock: Clock): Agents {
  const remembered = new Map<string, { isAgent: boolean; atMs: number }>()

  async function find(principals: readonly string[]): Promise<boolean> {
    for await (const { nodes } of clusters.all()) {
      if (Object.values(nodes).some(({ principal }) => principals.includes(principal))) return true
    }
    return false
  }

  return {
    async include(principals) {
      const caller = principals.join()
      const { monotonicMs } = clock.read()
      const known = remembered.get(caller)
      if (known && monotonicMs - known.atMs < FRESH_MS) return known.isAgent
      const isAgent = await find(principals)
      if (remembered.size >= MOST_REMEMBERED) remembered.clear()
      remembered.set(caller, { isAgent, atMs: monotonicMs })
      return isAgent
    },
  }
}
