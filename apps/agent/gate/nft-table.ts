import { createHash } from 'node:crypto'
import net from 'node:net'
import * as z from 'zod'
import { type Deadline, GateError } from './gate.ts'

/** The agent's own table: everything in it is the agent's, and it touches nothing else on the host. */
export const TABLE = 'inet understudy'

/**
 * Just before the host's own filter, whose priority is 0, and after the translation of addresses: a port is what the
 * server itself listens on. Whatever the host's filter accepts, what is dropped here stays dropped.
 */
const PRIORITY = 'filter - 10'

/** What is guarded. */
export interface GuardedPorts {
  tcp: readonly number[]
  udp: readonly number[]
  /** By home node, the service addresses at which its users arrive; undefined: all users arrive at the same ones. */
  addresses: Record<string, readonly string[]> | undefined
}

/** A door as the kernel has it. */
export interface KernelDoor {
  /** When it closes at the latest, on boottime; one that the kernel never closes is `unleased`. */
  deadline: Deadline
  /** Its elements, as a batch names them. */
  elements: string[]
}

export interface KernelTable {
  /** By home node; a door that has lapsed has none. */
  doors: Map<string, KernelDoor>
  /** Home nodes that have a door in the table, open or closed. */
  homes: string[]
  /** What the rules are that stand in the table, as `rulesMark` says it. */
  rules: { mark: string | undefined; count: number }
}

const elementsOf = ({ tcp, udp }: GuardedPorts): string[] => [
  ...tcp.map((port) => `tcp . ${port}`),
  ...udp.map((port) => `udp . ${port}`),
]

/** A ticket: an opening that comes later than this after it was thought of is refused as a whole (rule 22). */
export const addTicket = (ticket: number, timeoutMs: number): string =>
  `add element ${TABLE} tickets { ${ticket} timeout ${timeoutMs}ms }`
export const takeTicket = (ticket: number): string => `delete element ${TABLE} tickets { ${ticket} }`

export const closeDoor = (home: string): string => `flush set ${TABLE} door_${home}`

/** Fails, and the batch with it, where one of them has lapsed: so a door that has closed is not opened (rule 18). */
export const takeDoor = (home: string, { elements }: KernelDoor): string =>
  `delete element ${TABLE} door_${home} { ${elements.join(', ')} }`

/** The deadline stands beside each element, as the kernel's own time stands still in a suspend of the host. */
export function openDoor(home: string, ports: GuardedPorts, door: { timeoutMs: number; deadlineMs: number } | null) {
  const life = door === null ? 'comment "unleased"' : `timeout ${door.timeoutMs}ms comment "until ${door.deadlineMs}"`
  const elements = elementsOf(ports).map((element) => `${element} ${life}`)
  return `add element ${TABLE} door_${home} { ${elements.join(', ')} }`
}

/** Makes the table and its rules, whatever of them is there, in one batch; the doors stay as they are. */
export function setUp(ports: GuardedPorts, homes: readonly string[]): string[] {
  const mark = rulesMark(ports, homes)
  const rules = rulesFor(ports, homes)
  return [
    `add table ${TABLE}`,
    `add set ${TABLE} tickets { type mark; flags timeout; }`,
    `add set ${TABLE} ports { type inet_proto . inet_service; }`,
    `flush set ${TABLE} ports`,
    `add element ${TABLE} ports { ${elementsOf(ports).join(', ')} }`,
    ...homes.map((home) => `add set ${TABLE} door_${home} { type inet_proto . inet_service; flags timeout; }`),
    `add chain ${TABLE} from_users { type filter hook input priority ${PRIORITY}; policy accept; }`,
    `add chain ${TABLE} to_users { type filter hook output priority ${PRIORITY}; policy accept; }`,
    `flush chain ${TABLE} from_users`,
    `flush chain ${TABLE} to_users`,
    ...rules.map((rule, index) => `add rule ${TABLE} ${rule}${index === 0 ? ` comment "${mark}"` : ''}`),
  ]
}

/**
 * The rules are the same for every packet, those of established connections included: past the deadline nothing passes.
 * Who sends is told at once, by a reset; so is the server, when it sends to a user. What comes from the host itself
 * passes, so that services can be probed behind a closed gate.
 */
function rulesFor({ addresses }: GuardedPorts, homes: readonly string[]): string[] {
  const doors = (direction: 'daddr' | 'saddr', port: 'dport' | 'sport') =>
    homes.flatMap((home) => {
      const open = `meta l4proto . th ${port} @door_${home} accept`
      if (addresses === undefined) return [open]
      const families = [
        ['ip', (addresses[home] ?? []).filter((address) => net.isIPv4(address))] as const,
        ['ip6', (addresses[home] ?? []).filter((address) => net.isIPv6(address))] as const,
      ]
      return families
        .filter(([, list]) => list.length > 0)
        .map(([family, list]) => `${family} ${direction} { ${list.join(', ')} } ${open}`)
    })
  return [
    'from_users iifname "lo" accept',
    ...doors('daddr', 'dport').map((rule) => `from_users ${rule}`),
    'from_users meta l4proto tcp meta l4proto . th dport @ports reject with tcp reset',
    'from_users meta l4proto . th dport @ports reject',
    'to_users oifname "lo" accept',
    ...doors('saddr', 'sport').map((rule) => `to_users ${rule}`),
    // The resets themselves, those of the rule above included, have to come through.
    'to_users tcp flags & rst == rst accept',
    'to_users meta l4proto tcp meta l4proto . th sport @ports reject with tcp reset',
    'to_users meta l4proto . th sport @ports drop',
  ]
}

/** Stands in the table, so that what differs from what is wanted is noticed. */
export function rulesMark(ports: GuardedPorts, homes: readonly string[]): string {
  const wanted = JSON.stringify([rulesFor(ports, homes), elementsOf(ports), PRIORITY])
  return createHash('sha256').update(wanted).digest('hex').slice(0, 16)
}

export const rulesCount = (ports: GuardedPorts, homes: readonly string[]): number => rulesFor(ports, homes).length

const value = z.object({ concat: z.tuple([z.union([z.string(), z.int()]), z.union([z.string(), z.int()])]) })
const element = z.union([
  z.object({
    elem: z.object({
      val: value,
      timeout: z.number().optional(),
      expires: z.number().optional(),
      comment: z.string().optional(),
    }),
  }),
  value.transform((val) => ({ elem: { val, timeout: undefined, expires: undefined, comment: undefined } })),
])
const listing = z.object({
  nftables: z.array(
    z.object({
      set: z.object({ name: z.string(), elem: z.array(z.unknown()).default([]) }).optional(),
      rule: z.object({ comment: z.string().optional() }).optional(),
    }),
  ),
})

/** Reads what `nft --json list table` says. What has lapsed is not in it, collected or not. */
export function readTable(said: unknown, nowMs: number): KernelTable {
  const parsed = listing.safeParse(said)
  if (!parsed.success)
    throw new GateError(`nft lists the table in a form that is not known: ${z.prettifyError(parsed.error)}`)
  const objects = parsed.data.nftables
  const sets = objects.flatMap(({ set }) => (set?.name.startsWith('door_') ? [set] : []))
  const rules = objects.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))
  const doors = sets.map(({ name, elem }) => [name.slice('door_'.length), readDoor(elem, nowMs)] as const)
  return {
    doors: new Map(doors.filter((door): door is [string, KernelDoor] => door[1] !== undefined)),
    homes: doors.map(([home]) => home).sort(),
    rules: { mark: rules.find(({ comment }) => comment !== undefined)?.comment, count: rules.length },
  }
}

function readDoor(said: unknown[], nowMs: number): KernelDoor | undefined {
  if (said.length === 0) return undefined
  const elements = z
    .array(element)
    .parse(said)
    .map(({ elem }) => elem)
  const deadlines = elements.map((one) => deadlineOf(one, nowMs))
  const leased = deadlines.filter((deadline) => typeof deadline === 'number')
  return {
    deadline: leased.length < deadlines.length ? 'unleased' : Math.max(...leased),
    elements: elements.map(({ val: { concat } }) => concat.join(' . ')),
  }
}

/** Of one that somebody has added by hand, nft's JSON says no more than whole seconds, rounded down. */
function deadlineOf(
  {
    timeout,
    expires = 0,
    comment = '',
  }: { timeout?: number | undefined; expires?: number | undefined; comment?: string | undefined },
  nowMs: number,
): Deadline {
  if (timeout === undefined) return 'unleased'
  const until = /^until (\d+)$/.exec(comment)?.[1]
  return until === undefined ? nowMs + (expires + 1) * 1000 : Number(until)
}
