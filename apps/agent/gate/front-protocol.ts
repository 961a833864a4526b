import type net from 'node:net'
import * as z from 'zod'

/** How the gate's client and the front talk: one JSON value a line, over TCP on loopback, a request and its answer at a time. */

/**
 * The first line on a connection. There is one controller, the agent: a newer one ends the connections of the earlier,
 * so that a request which lay unread in an old connection can never be carried out after an answer to the new one
 * (a door opened after it was read as closed). Observers may read.
 */
export const frontHello = z.object({ token: z.string(), role: z.enum(['controller', 'observer']) })
export type FrontHello = z.infer<typeof frontHello>

const deadline = z.union([z.number(), z.literal('unleased')])

/**
 * `set` replaces all doors (one not named is closed); null closes. `extend` gives later deadlines to doors that are open
 * at that moment, and opens none. Both belong to a boot. All answer the reading.
 */
export const frontRequest = z.union([
  z.strictObject({
    set: z.object({ doors: z.record(z.string(), deadline.nullable()) }),
    bootId: z.string(),
  }),
  z.strictObject({ extend: z.object({ doors: z.record(z.string(), z.number()) }), bootId: z.string() }),
  z.strictObject({ read: z.literal(true) }),
])
export type FrontRequest = z.infer<typeof frontRequest>

export const frontReading = z.object({
  /** Home nodes whose doors are open, also where the port is not to be had: they would open as soon as it is. */
  open: z.array(z.string()),
  deadlines: z.record(z.string(), deadline),
  /** The front's boottime at the reading. */
  clockMs: z.number(),
  /** Why the port does not listen although a door is open. */
  listenError: z.string().nullable(),
  /** Users' connections. */
  connections: z.int(),
})
export type FrontReading = z.infer<typeof frontReading>

export const frontAnswer = z.union([frontReading, z.object({ error: z.string() })])
export type FrontAnswer = z.infer<typeof frontAnswer>

/** A few doors need some hundred bytes; more is no request of ours. */
const LONGEST_LINE = 64 * 1024

/** Calls back with each whole line; destroys the connection over a line that is too long. */
export function onLines(socket: net.Socket, onLine: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) socket.destroy(new Error(`a line of more than ${LONGEST_LINE} characters`))
    for (const line of lines) {
      if (socket.destroyed) return
      onLine(line)
    }
  })
}

export function sendLine(socket: net.Socket, value: FrontHello | FrontRequest | FrontAnswer): void {
  socket.write(`${JSON.stringify(value)}\n`)
}
