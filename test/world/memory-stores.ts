import type { Cluster } from '../../domain/cluster.ts'
import { isOk } from '../../domain/heartbeat.ts'
import type { Group } from '../../domain/model.ts'
import { okAgeMs } from '../../domain/settings.ts'
import type { ClusterStore } from '../../functions/adapters/cluster-store.ts'
import { fromItem, saidBy, toItem } from '../../functions/adapters/group-item.ts'
import type { GroupKey, GroupStore } from '../../functions/adapters/group-store.ts'
import type { HistoryEntry, HistoryStore } from '../../functions/adapters/history-store.ts'

const nameOf = ({ cluster, group }: GroupKey): string => `${cluster}/${group}`

/** A group as it came out of its item, and what each node said, in the words of the item. */
interface Stored {
  group: Group
  said: Record<string, string> | null
}

/**
 * The groups in memory. What is committed goes through the item's format, so that it loses what the table would lose,
 * unless `isFormatted` is false: that is much faster, and the format has tests of its own.
 * A steady heartbeat is accepted on the terms of `createGroupStore`, whose contract suite says what they are.
 */
export function memoryGroupStore({
  isFormatted,
}: {
  isFormatted: boolean
}): GroupStore & { peek: (key: GroupKey) => Group | null } {
  const stored = new Map<string, Stored>()
  const read = (key: GroupKey): Group | null => stored.get(nameOf(key))?.group ?? null
  const write = (group: Group, version: number) => {
    const written = { ...group, version }
    const kept = isFormatted ? fromItem(toItem(written)) : written
    stored.set(nameOf({ cluster: group.cluster, group: group.name }), { group: kept, said: null })
  }

  return {
    /** What stands there, for who watches; it takes no time. */
    peek: read,
    async acceptSteady(key, name, heartbeat, principals, nowMs) {
      const known = stored.get(nameOf(key))
      const node = known?.group.nodes.find((each) => each.name === name)
      if (!known || !node) return null
      const { group } = known
      const mayBeSteady =
        node.sequence < heartbeat.sequence &&
        node.lastAtMs <= nowMs &&
        node.lastOkAtMs > 0 &&
        nowMs < node.lastOkAtMs + okAgeMs(group.settings) &&
        principals.includes(node.principal) &&
        node.acknowledgedEpoch === heartbeat.epoch &&
        group.epoch === heartbeat.epoch &&
        isOk(group, heartbeat) &&
        group.nodes.every(({ set }) => set.moving === null)
      if (!mayBeSteady) return null
      const { said, sinceMs } = saidBy(heartbeat, nowMs)
      known.said ??= saidOf(group)
      if (known.said[name] !== said) return null
      const places = [...[...group.services].sort(), DATABASE_LAST]
      const services = [...group.services, DATABASE_LAST].map((service, place) => ({
        state: node.services[place]?.state ?? ('unknown' as const),
        sinceMs: sinceMs[places.indexOf(service)] ?? 0,
      }))
      const accepted = { ...node, sequence: heartbeat.sequence, lastAtMs: nowMs, lastOkAtMs: nowMs, services }
      known.group = {
        ...group,
        version: group.version + 1,
        nodes: group.nodes.map((each) => (each === node ? accepted : each)),
      }
      return known.group
    },
    async read(key) {
      return read(key)
    },
    async commit(group, version) {
      if ((read({ cluster: group.cluster, group: group.name })?.version ?? 0) !== version) return false
      write(group, version + 1)
      return true
    },
    async strikeOff(key, ids) {
      const group = read(key)
      if (!group || ids.length === 0) return
      const outbox = group.outbox.filter(({ id }) => !ids.includes(id))
      const known = stored.get(nameOf(key)) as Stored
      known.group = { ...group, outbox, version: group.version + 1 }
    },
    async remove(key, version) {
      return read(key)?.version === version && stored.delete(nameOf(key))
    },
    async listOf(cluster) {
      return [...stored.values()].map(({ group }) => group).filter((group) => group.cluster === cluster)
    },
    async *all() {
      for (const { group } of [...stored.values()]) yield group
    },
  }
}

/** What each node said, in the words of the group's item. */
function saidOf(group: Group): Record<string, string> {
  const nodes = toItem(group).n?.M ?? {}
  return Object.fromEntries(group.nodes.map(({ name }) => [name, nodes[name]?.M?.f?.S ?? '']))
}

/** The item keeps the services by name, and the database service after them. */
const DATABASE_LAST = '\u{10ffff}'

export function memoryClusterStore(): ClusterStore {
  const clusters = new Map<string, Cluster>()
  return {
    async read(name) {
      return clusters.get(name) ?? null
    },
    async commit(cluster, version) {
      if ((clusters.get(cluster.cluster)?.version ?? 0) !== version) return false
      clusters.set(cluster.cluster, { ...cluster, version: version + 1 })
      return true
    },
    async remove(name, version) {
      return clusters.get(name)?.version === version && clusters.delete(name)
    },
    async *all() {
      yield* clusters.values()
    },
  }
}

/** The history of the one group there is; `onKept` is told of what was not kept before. */
export function memoryHistoryStore(onKept: (entry: HistoryEntry) => void): HistoryStore & { entries: HistoryEntry[] } {
  const entries: HistoryEntry[] = []
  const ids = new Set<string>()
  return {
    entries,
    keptMs: Number.MAX_SAFE_INTEGER,
    async append(more) {
      for (const entry of more) {
        if (ids.has(entry.id)) continue
        ids.add(entry.id)
        entries.push(entry)
        onKept(entry)
      }
    },
    async ofGroup(_, { limit }) {
      const newest = [...entries].sort((one, two) => two.id.localeCompare(one.id))
      return { entries: newest.slice(0, limit), more: newest.length > limit }
    },
    async feed() {
      return { entries: [], more: false }
    },
  }
}
