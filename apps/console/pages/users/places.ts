import type { SelectProps } from '@cloudscape-design/components/select'
import type { UserPlace } from '../../../client/user-api.ts'

/** A group of the cluster and its nodes, in their order. */
export interface GroupNodes {
  group: string
  nodes: string[]
}

/** `''`: as the cluster assigns; else `group:name` or `node:name`. */
export function placeOf(value: string): UserPlace {
  const [, kind, name = ''] = /^(group|node):(.*)$/s.exec(value) ?? []
  if (kind === 'group') return { group: name }
  return kind === 'node' ? { node: name } : {}
}

/** Where a user may have its home. Who has it on `home` already moves to another node. */
export function placeOptions(groups: readonly GroupNodes[], home?: string): SelectProps.OptionGroup[] {
  const others = groups.filter(({ nodes }) => home === undefined || !nodes.includes(home))
  const nodes = groups.flatMap(({ group, nodes: those }) => those.map((node) => ({ node, group })))
  return [
    {
      label: 'Groups: the emptiest node of it',
      options: others.map(({ group, nodes: those }) => ({
        value: `group:${group}`,
        label: group,
        description: those.join(', '),
      })),
    },
    {
      label: 'Nodes',
      options: nodes
        .filter(({ node }) => node !== home)
        .map(({ node, group }) => ({ value: `node:${node}`, label: node, description: `of ${group}` })),
    },
  ].filter(({ options }) => options.length > 0)
}
