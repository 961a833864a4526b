import { boottime } from '../../../apps/agent/boottime.ts'
import { NftGate } from '../../../apps/agent/gate/nft-gate.ts'

/** An agent of sorts: opens node a's door, saying until when, and would renew that for ever. */

const [port = '', forMs = '', command = 'nft'] = process.argv.slice(2)
const ports = { tcp: [Number(port)], udp: [], addresses: undefined }
const gate = new NftGate({ ports, environment: process.env, log: () => undefined, command: [command] })
for (;;) {
  const deadlineMs = boottime() + Number(forMs)
  process.stdout.write(`wants ${deadlineMs}\n`)
  const { open } = await gate.set({ a: deadlineMs }).catch((error: Error) => ({ open: [error.message] }))
  process.stdout.write(`open ${open.join()}\n`)
  await new Promise((resolve) => setTimeout(resolve, Number(forMs) / 4))
}
