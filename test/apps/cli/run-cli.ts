import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { ACCESS_KEY } from '../client/signature.ts'

const PROGRAM = fileURLToPath(new URL('../../../apps/cli/understudy.mjs', import.meta.url))

/** The environment of a user who has AWS credentials, and nothing else that matters. */
export const environmentOf = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  TMPDIR: home,
  TZ: 'UTC',
  AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
})

export interface Ended {
  code: number | null
  output: string
  errors: string
}

/** Runs the command as its users do, in a process of its own without a terminal. */
export function startCli(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended: Promise<Ended> = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([output, errors, [code]]) => ({ code, output, errors }),
  )
  return { child, ended }
}

export const runCli = (args: string[], env: Record<string, string>): Promise<Ended> => startCli(args, env).ended
