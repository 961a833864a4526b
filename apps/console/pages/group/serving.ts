import type { GroupStatus } from '../../../client/answers.ts'

/**
 * How a door stands. `lapsed`: the node is silent, and every lease that it can hold for it is over, so it is closed,
 * though nobody said so (rule 4).
 */
export type Passage = 'open' | 'opening' | 'closing' | 'lapsed'

export interface Door {
  usersOf: string
  node: string
  passage: Passage
  /** When the door closes by itself at the latest; null: it stays open, as its lease is renewed, or needs none. */
  closesAt: string | null
  /** Of a lease that is renewed with each heartbeat; null: it is not renewed now, or needs none. */
  leaseMs: number | null
}

export interface Users {
  of: string
  count: number
  /** Where they log in; null: nowhere. */
  at: string | null
}

export interface Serving {
  users: Users[]
  doors: Door[]
}

type Node = GroupStatus['nodes'][number]

/** Who serves whom at a time: the door of each node for each home's users. */
export function servingOf({ nodes }: Pick<GroupStatus, 'nodes'>, nowMs: number): Serving {
  const users = nodes.map(({ node: of, users: count }) => ({
    of,
    count,
    at: nodes.find(({ serves }) => serves.includes(of))?.node ?? null,
  }))
  return { users, doors: nodes.flatMap((node) => node.doors.map((door) => doorOf(node, door, nowMs))) }
}

function doorOf(node: Node, { usersOf, granted, open, leaseUntil }: Node['doors'][number], nowMs: number): Door {
  const isLapsed = leaseUntil !== null && !node.reachable && Date.parse(leaseUntil) <= nowMs
  const isRenewed = node.reachable && granted
  const { lastHeartbeatAt } = node
  return {
    usersOf,
    node: node.node,
    passage: isLapsed ? 'lapsed' : granted ? (open ? 'open' : 'opening') : 'closing',
    closesAt: isRenewed || isLapsed ? null : leaseUntil,
    leaseMs:
      isRenewed && leaseUntil !== null && lastHeartbeatAt !== null
        ? Date.parse(leaseUntil) - Date.parse(lastHeartbeatAt)
        : null,
  }
}

/** The picture in words, a sentence or two for the users of each home. */
export function servingSentences({ users, doors }: Serving): string[] {
  return users.map(({ of, count, at }) => {
    const whose = `The users of ${of} (${count.toLocaleString('en')})`
    const place = at === null ? 'can log in nowhere now' : `log in to ${at}`
    const others = doors.filter(({ usersOf, node, passage }) => usersOf === of && (node !== at || passage !== 'open'))
    return [`${whose} ${place}${at === null || at === of ? '' : ', away from home'}.`, ...others.map(doorWords)].join(
      ' ',
    )
  })
}

const PASSAGES: Readonly<Record<Passage, string>> = {
  open: 'is still open',
  opening: 'is opening',
  closing: 'is closing',
  lapsed: 'is closed, as its lease has lapsed',
}

const doorWords = ({ node, passage }: Door): string => `Their door at ${node} ${PASSAGES[passage]}.`
