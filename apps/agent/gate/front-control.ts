import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import * as z from 'zod'
import {
  type FrontAnswer,
  type FrontHello,
  type FrontRequest,
  frontHello,
  frontRequest,
  onLines,
  sendLine,
} from './front-protocol.ts'

/** Who connects to the control port has to say who it is at once. */
const HELLO_TIME_LIMIT_MS = 1000

/** Carries out a request; what it throws is the answer's error. */
export type Serve = (request: FrontRequest) => Promise<FrontAnswer>

/** The agent's side of a front. Answers the port that it listens on. */
export async function listenForControl(token: string, serve: Serve): Promise<number> {
  let accepted = 0
  let controller: { socket: net.Socket; number: number } | undefined

  /** The newest connection is the agent's: anything that an older one has still to say is not heard. */
  const takesControl = (socket: net.Socket, number: number): boolean => {
    if (controller !== undefined && number < controller.number) return false
    controller?.socket.destroy()
    controller = { socket, number }
    return true
  }

  const server = net.createServer((socket) => {
    accepted += 1
    const number = accepted
    const tooLate = setTimeout(() => socket.destroy(), HELLO_TIME_LIMIT_MS)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => clearTimeout(tooLate))

    let role: FrontHello['role'] | undefined
    let answered: Promise<void> = Promise.resolve()
    onLines(socket, (line) => {
      if (role !== undefined) {
        const permitted = role
        answered = answered.then(() => answer(socket, line, permitted, serve))
        return
      }
      clearTimeout(tooLate)
      role = roleOf(line, token)
      if (role === undefined || (role === 'controller' && !takesControl(socket, number))) socket.destroy()
    })
  })
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

function roleOf(line: string, token: string): FrontHello['role'] | undefined {
  const hello = frontHello.safeParse(parse(line))
  return hello.success && sameSecret(hello.data.token, token) ? hello.data.role : undefined
}

/** Hashed, as the comparison needs equal lengths; its time says nothing about the secret. */
function sameSecret(one: string, other: string): boolean {
  const digest = (secret: string) => createHash('sha256').update(secret).digest()
  return timingSafeEqual(digest(one), digest(other))
}

async function answer(socket: net.Socket, line: string, role: FrontHello['role'], serve: Serve): Promise<void> {
  // A newer controller has taken over while this line waited for its turn.
  if (socket.destroyed) return
  const request = frontRequest.safeParse(parse(line))
  try {
    if (!request.success) throw new Error(`not a request: ${z.prettifyError(request.error)}`)
    if (role === 'observer' && !('read' in request.data)) throw new Error('an observer may only read')
    sendLine(socket, await serve(request.data))
  } catch (error) {
    sendLine(socket, { error: (error as Error).message })
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
