import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type net from 'node:net'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from './atomic-file.ts'
import { boottime } from './boottime.ts'
import { listenForControl } from './front-control.ts'
import { type Deadline, Doors, greeting } from './front-doors.ts'
import { FrontListener } from './front-listener.ts'
import type { FrontReading, FrontRequest } from './front-protocol.ts'
import { type FrontRunFile, readFrontRunFile } from './front-run-file.ts'
import { DEFAULT_BOOT_ID_FILE } from './host.ts'
import { withLock } from './lock.ts'
import { identify, isAlive } from './process.ts'

/**
 * The node's front: where users log in, and the gate. It is a process of its own, so that its doors close at their
 * deadlines whatever has become of the agent (protocol.md rule 21): killed, stopped, or hung.
 *
 * A door closes at most a timer's lateness after its deadline, normally below 10 ms. After a pause of this process
 * or a suspend of the host nothing is greeted before the clock has been read, and what was connected is cut at once
 * after a pause, and within `TICK_MS` after a suspend (timers stand still in it).
 */

/** How often the clock is compared at least, while a door is open. */
const TICK_MS = 50

class Front {
  readonly #node: string
  readonly #bootIdFile: string
  readonly #doors = new Doors()
  readonly #listener: FrontListener
  #bootId: string
  /** What the users that are connected were told. */
  #line: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(node: string, port: number, bootIdFile: string) {
    this.#node = node
    this.#bootIdFile = bootIdFile
    this.#bootId = readFileSync(bootIdFile, 'utf8').trim()
    this.#listener = new FrontListener(port, (socket) => this.#admit(socket))
  }

  /** Carries a request of the control port out; the answer is true when it is given. */
  async serve(request: FrontRequest): Promise<FrontReading> {
    if ('set' in request) {
      this.#readBootId()
      if (request.bootId !== this.#bootId) {
        throw new Error(`the deadlines are for boot ${request.bootId}, and this is boot ${this.#bootId}`)
      }
      this.#doors.replace(request.set.doors, request.bootId)
    }
    this.#enforce()
    await this.#listener.settled()
    return this.#reading()
  }

  #reading(): FrontReading {
    const open = this.#enforce()
    return {
      open: [...open.keys()],
      deadlines: Object.fromEntries(open),
      clockMs: boottime(),
      listenError: this.#listener.error,
      connections: this.#listener.connections,
    }
  }

  #admit(socket: net.Socket): void {
    this.#enforce()
    if (this.#line !== undefined && !socket.destroyed) socket.write(this.#line)
  }

  /** Makes port and connections agree with the clock; answers the doors that are open. */
  #enforce(): Map<string, Deadline> {
    const nowMs = boottime()
    const open = this.#doors.openAt(nowMs, this.#bootId)
    const line = greeting(this.#node, open.keys())
    if (line !== this.#line) this.#listener.cut()
    this.#line = line
    if (line === undefined) this.#listener.close()
    else this.#listener.open()
    this.#comeBack(nowMs, open)
    return open
  }

  #comeBack(nowMs: number, open: Map<string, Deadline>): void {
    clearTimeout(this.#timer)
    if (open.size === 0) return
    const lapses = [...open.values()].map((deadline) => (deadline === 'unleased' ? TICK_MS : deadline - nowMs))
    this.#timer = setTimeout(
      () => {
        this.#readBootId()
        this.#enforce()
      },
      Math.min(TICK_MS, ...lapses),
    )
  }

  /** A process can outlive a boot only as a checkpoint. A file that cannot be read just now says nothing. */
  #readBootId(): void {
    try {
      this.#bootId = readFileSync(this.#bootIdFile, 'utf8').trim()
    } catch {
      // Out of file descriptors, for one.
    }
  }
}

const USAGE = 'usage: front.ts --node NAME --port PORT --run-file FILE [--boot-id-file FILE]'

function readArguments(): { node: string; port: number; runFile: string; bootIdFile: string } {
  const { values } = parseArgs({
    options: {
      node: { type: 'string' },
      port: { type: 'string' },
      'run-file': { type: 'string' },
      'boot-id-file': { type: 'string', default: DEFAULT_BOOT_ID_FILE },
    },
  })
  const port = Number(values.port)
  if (!values.node || !values['run-file'] || !(port > 0 && port < 65536)) throw new Error(USAGE)
  return { node: values.node, port, runFile: values['run-file'], bootIdFile: values['boot-id-file'] }
}

/** One front at a time has a run file: a gate that read the newer one would not see the older one's open doors. */
async function main(): Promise<void> {
  const { node, port, runFile, bootIdFile } = readArguments()
  process.title = `understudy: ${node} front`
  await mkdir(path.dirname(runFile), { recursive: true })
  await withLock(`${runFile}.lock`, async () => {
    const other = readFrontRunFile(runFile)
    if (other && isAlive(other)) throw new Error(`a front runs already with ${runFile}: process ${other.pid}`)
    const front = new Front(node, port, bootIdFile)
    const token = randomUUID()
    const controlPort = await listenForControl(token, (request) => front.serve(request))
    const self = identify(process.pid)
    if (self === undefined) throw new Error('the system does not say when this process started')
    await writeFileAtomically(
      runFile,
      JSON.stringify({ ...self, node, port, controlPort, token } satisfies FrontRunFile),
    )
  })
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
