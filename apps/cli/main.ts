#!/usr/bin/env node
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
