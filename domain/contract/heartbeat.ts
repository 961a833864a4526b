import * as z from 'zod/mini'
import type { NodeState, Reason } from '../states.ts'

const durationMs = z.number().check(z.minimum(0), z.maximum(1e12))
const serviceReport = z.object({
  state: z.enum(['running', 'starting', 'stopped', 'failed', 'unknown']),
  /** How long the service has been running or, in any other state, how long it has not, by the agent's monotonic clock. */
  forMs: durationMs,
})
const name = z.string().check(z.minLength(1), z.maxLength(128))
const nodeName = z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,128}$/))
/** The group's item separates what an agent says by "|". */
const withoutBar = z.regex(/^[^|]*$/, 'must not contain "|"')
/** Not what the objects of JavaScript cannot hold as they hold any other: what is kept of it would be no item. */
const serviceName = name.check(z.regex(/^(?!(?:__proto__|constructor)$)/, 'must not be "__proto__" or "constructor"'))
const counter = z.int().check(z.minimum(0))

/** What an agent posts (api.md, Heartbeat). Unknown fields are ignored, so that newer agents can be rolled out first. */
export const heartbeatSchema = z.object({
  /** The node's group as learned from the last answer, so that the item's key is known without a read. */
  group: z.optional(name),
  incarnation: counter,
  sequence: counter,
  bootId: name.check(withoutBar),
  sentAtMs: z.number(),
  /** The membership epoch that the agent knows; 0: none yet. */
  epoch: counter,
  /** How long ago the agent sent the newest request whose answer it has processed: it hears, not only speaks (rule 9). */
  answeredMsAgo: z.optional(durationMs),
  softwareVersion: z.string().check(z.maxLength(64), withoutBar),
  services: z.record(serviceName, serviceReport),
  database: serviceReport,
  replicationSetup: z.int().check(z.minimum(0), z.maximum(4)),
  gate: z.object({ open: z.array(nodeName).check(z.maxLength(2)), kind: z.string().check(z.maxLength(32)) }),
  /** The agents' own road to each other, where the peer was heard. */
  peer: z.optional(
    z.object({
      heardMsAgo: durationMs,
      roundTripMs: z.optional(z.nullable(durationMs)),
      mbitPerSecond: z.optional(z.number().check(z.minimum(0))),
      /** Doors that the peer holds open, and that are promised to it: it is alive (rule 20). */
      promises: z.array(nodeName).check(z.maxLength(2)),
    }),
  ),
  /** Doors that an earlier life of the agent may have promised to the peer, which has not been heard in this one (rule 20). */
  mayRelay: z.optional(z.array(nodeName).check(z.maxLength(2))),
  /** An administrator has closed this node's doors on the node itself, until he releases it. */
  fenced: z.optional(z.boolean()),
  /** What was ordered on the node itself, until an answer shows that it arrived. */
  operatorOrders: z.optional(
    z
      .array(
        z.object({
          kind: z.enum(['fence', 'serve']),
          /** When, ISO 8601, by the node's clock; in a node no two orders share it. */
          at: z.string().check(z.maxLength(40)),
          doors: z.array(nodeName).check(z.maxLength(2)),
          endedAt: z.optional(z.string().check(z.maxLength(40))),
          why: z.optional(z.string().check(z.maxLength(300))),
        }),
      )
      .check(z.maxLength(4)),
  ),
  commandResults: z.optional(
    z.array(
      z.object({
        id: z.string().check(z.maxLength(300)),
        ok: z.boolean(),
        output: z.string().check(z.maxLength(10_000)),
        durationMs,
      }),
    ),
  ),
  /** Sessions that the agent re-creates because users came to its node, until an answer shows that it was heard [B27]. */
  sessions: z.optional(
    z
      .array(
        z.object({
          homeNode: nodeName,
          /** Which coming is meant: as `moved` of the answer named it. */
          movedAtMs: counter,
          restored: counter,
          failed: counter,
          /** Suspended sessions whose queued messages a crash has taken. */
          lost: counter,
          forMs: durationMs,
          done: z.boolean(),
        }),
      )
      .check(z.maxLength(2)),
  ),
  /** A good-bye: the host is going down [B10]. */
  leaving: z.optional(z.enum(['shutdown', 'reboot'])),
})
export type Heartbeat = z.infer<typeof heartbeatSchema>

export interface AgentCommand {
  id: string
  kind: 'startServices' | 'stopServices' | 'takeOver' | 'takeBack' | 'restart'
  transition: string
  /** Whose users the command is about. */
  homeNode: string
}

export interface HeartbeatAnswer {
  /** Left out for a node that is in no group yet: it is recorded and waits. */
  group?: string
  incarnation: number
  sequence: number
  state: NodeState
  reason: Reason
  epoch: number
  /** How long after the sending of the request the doors in `serve` may stay open; null: without a lease [B5]. */
  leaseMs: number | null
  /** Home nodes whose users the node serves from now on; a door that is not named here must be closed. */
  serve: string[]
  /** When the users of each of these homes last came to this node; left out for those that never moved. */
  moved?: Record<string, number>
  nextHeartbeatInMs: number
  commands: AgentCommand[]
  settings: {
    keepAliveIntervalMs: number
    keepAliveTimeoutMs: number
    servicePort: number
    adminRpcPort: number
    criticalServices: string[]
    /** `keys`: what the agents seal their messages to each other with; the first seals, each opens. */
    peer?: { node: string; address: string; keys?: { id: string; secret: string }[] | undefined } | undefined
  }
}
