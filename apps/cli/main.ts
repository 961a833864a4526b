#!/usr/bin/env node
import { COMPLETE } from './commands/completion.ts'
import { runCli } from './program.ts'
import { createTerminal } from './terminal.ts'

const { env, stdin, stdout, stderr } = process

/** Who reads our output may stop reading: `understudy events | head -1`. */
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const terminal = createTerminal({
  input: stdin,
  output: stdout,
  errors: stderr,
  environment: env,
})

process.exitCode = await runCli(process.argv.slice(2), terminal, {
  endpoint: env.UNDERSTUDY_ENDPOINT || undefined,
  profile: env.UNDERSTUDY_PROFILE || undefined,
  awsProfile: env.AWS_PROFILE || undefined,
  region: env.AWS_REGION || undefined,
})

/** Whoever types does not wait for a question to the API that was given up. */
if (process.argv[2] === COMPLETE) process.exit()
