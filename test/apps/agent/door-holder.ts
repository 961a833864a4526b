import { boottime } from '../../../apps/agent/boottime.ts'
import { FrontGate } from '../../../apps/agent/gate/front-gate.ts'
import { DEFAULT_BOOT_ID_FILE, readBootId } from '../../../apps/agent/host.ts'

/** An agent of sorts: says until when, opens node a's door until then, and would extend that for ever. */

const [runFile = '', port = '', forMs = ''] = process.argv.slice(2)
const gate = new FrontGate({ runFile, port: Number(port), bootId: readBootId(DEFAULT_BOOT_ID_FILE) })
for (;;) {
  const deadlineMs = boottime() + Number(forMs)
  process.stdout.write(`${deadlineMs}\n`)
  await gate.set({ a: deadlineMs })
  await new Promise((resolve) => setTimeout(resolve, Number(forMs) / 4))
}
