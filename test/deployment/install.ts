import { execFile } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * Puts the emulator of AWS into a virtual environment of Python of its own, among the caches that git ignores: only what
 * requirements.txt says, and nothing of it anywhere else.
 */

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url))
const folder = fileURLToPath(new URL('../../node_modules/.cache/understudy-emulator/', import.meta.url))
/** Written last: what does not have it was not installed to its end. */
const installed = join(folder, 'installed-requirements.txt')
const python = join(folder, 'bin', 'python')

const INSTALL_LIMIT_MS = 300_000
const USABLE = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'

const run = (command: string, args: string[]) =>
  promisify(execFile)(command, args, { timeout: INSTALL_LIMIT_MS }).catch((cause: Error & { stderr?: string }) => {
    const said = cause.stderr?.trim().split('\n').at(-1)
    throw new Error(`the emulator of AWS could not be installed: ${said || cause.message}`, { cause })
  })

/** The Python that has the emulator. Throws an error of one line where there is none and it cannot be made. */
export async function installEmulator(say: (what: string) => void = () => {}): Promise<string> {
  const wanted = readFileSync(requirements, 'utf8')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return python
  await promisify(execFile)('python3', ['-c', USABLE]).catch((cause) => {
    const hint = 'on Debian: apt-get install python3 python3-venv'
    throw new Error(`the emulator of AWS needs python3, 3.10 or newer, with venv and pip (${hint})`, { cause })
  })
  say('installing the emulator of AWS')
  rmSync(folder, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', folder])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements])
  cpSync(requirements, installed)
  return python
}

if (import.meta.main) {
  await installEmulator((what) => console.log(`… ${what}`)).catch((error: Error) => {
    console.error(error.message)
    process.exit(1)
  })
}
