import net from 'node:net'
import {
  type FrontAnswer,
  type FrontHello,
  type FrontReading,
  type FrontRequest,
  frontAnswer,
  onLines,
  sendLine,
} from './front-protocol.ts'
import type { FrontRunFile } from './front-run-file.ts'

/** The connection ended, or could not be made, before the answer: the front is going, or a newer agent took over. */
export class ConnectionLost extends Error {}

/** A caller's side of a front's control port. One request at a time; after an error it is of no more use. */
export class FrontConnection {
  readonly token: string
  readonly #socket: net.Socket
  #onAnswer: ((answer: FrontAnswer) => void) | undefined
  #onLost: ((error: Error) => void) | undefined

  constructor(front: FrontRunFile, role: FrontHello['role']) {
    this.token = front.token
    this.#socket = net.connect({ host: '127.0.0.1', port: front.controlPort })
    this.#socket.setNoDelay(true)
    onLines(this.#socket, (line) => this.#hear(line))
    let reason = 'the connection ended'
    this.#socket.on('error', (error) => {
      reason = error.message
    })
    this.#socket.once('close', () => this.#onLost?.(new ConnectionLost(reason)))
    sendLine(this.#socket, { token: front.token, role })
  }

  /** Throws `ConnectionLost`; or an Error when the front refuses, or does not answer in time. */
  async request(request: FrontRequest, timeLimitMs: number): Promise<FrontReading> {
    const answer = await this.#exchange(request, timeLimitMs)
    if ('error' in answer) throw new Error(`the front refused: ${answer.error}`)
    return answer
  }

  #hear(line: string): void {
    try {
      this.#onAnswer?.(frontAnswer.parse(JSON.parse(line)))
    } catch (error) {
      this.#socket.destroy(new Error(`the front's answer is not one of ours: ${(error as Error).message}`))
    }
  }

  #exchange(request: FrontRequest, timeLimitMs: number): Promise<FrontAnswer> {
    return new Promise<FrontAnswer>((resolve, reject) => {
      if (this.#socket.destroyed) throw new ConnectionLost('the connection had ended')
      const tooLate = setTimeout(reject, timeLimitMs, new Error('the front is there but did not answer in time'))
      this.#onAnswer = (answer) => {
        clearTimeout(tooLate)
        resolve(answer)
      }
      this.#onLost = (error) => {
        clearTimeout(tooLate)
        reject(error)
      }
      sendLine(this.#socket, request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}
