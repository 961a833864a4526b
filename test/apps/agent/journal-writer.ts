import { Journal } from '../../../apps/agent/journal.ts'

/** An agent of sorts that writes into its journal for ever, and says what it was promised is on the disk. */

const journal = await Journal.open(process.argv[2] ?? '', 'boot 1')
process.stdout.write(`${journal.incarnation}\n`)
for (let command = 0; ; command += 1) {
  await journal.commandStarted(`${journal.incarnation}/${command}`)
  process.stdout.write(`${command}\n`)
}
