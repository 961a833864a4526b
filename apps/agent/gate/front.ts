import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { boottime } from '../boottime.ts'
import { DEFAULT_BOOT_ID_FILE } from '../host.ts'
import { withLock } from '../lock.ts'
import { identify, isAlive } from '../services/process.ts'
import { writeStateFile } from '../state-file.ts'
import { listenForControl } from './front-control.ts'
import { Doorkeeper } from './front-doorkeeper.ts'
import { type FrontRunFile, readFrontRunFile } from './front-run-file.ts'

/**
 * The node's front: where users log in, and the gate. It is a process of its own, so that its doors close at their
 * deadlines whatever has become of the agent (protocol.md rule 21): killed, stopped, or hung.
 */

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
    const doorkeeper = new Doorkeeper({ node, port, bootIdFile, now: boottime })
    const token = randomUUID()
    const controlPort = await listenForControl(token, (request) => doorkeeper.serve(request))
    const self = identify(process.pid)
    if (self === undefined) throw new Error('the system does not say when this process started')
    await writeStateFile(runFile, { ...self, node, port, controlPort, token } satisfies FrontRunFile)
  })
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
