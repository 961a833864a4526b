import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Environment } from './services/start-service.ts'

export interface CommandResult {
  /** Null where it was ended by a signal, or could not be started. */
  exitCode: number | null
  /** Standard output and error together, in the order they came; of a long one the end, where errors stand. */
  output: string
  durationMs: number
  /** Why it did not end by itself with an exit code; null where it did. */
  problem: string | null
}

export interface CommandLimits {
  timeLimitMs: number
  /** What is kept of the output, in bytes of UTF-8. */
  outputLimitBytes: number
}

type RunningCommand = ChildProcess & { stdout: Readable; stderr: Readable }

/** For output that is still in the pipe when the program has ended. */
const OUTPUT_GRACE_MS = 200
/** What hangs in the kernel does not even end when it is killed; nobody waits for it any longer than that. */
const KILL_GRACE_MS = 1000

/**
 * Runs a program without a shell; `input` is what it finds on its standard input. Past the time limit it is killed with all
 * that it started. Failing is a result.
 */
export function runCommand(
  argv: string[],
  environment: Environment,
  limits: CommandLimits,
  input?: string,
): Promise<CommandResult> {
  const [program = '', ...args] = argv
  const startedMs = performance.now()
  let output: Buffer = Buffer.alloc(0)
  let problem: string | null = null
  let exitCode: number | null = null
  let killedInVain: NodeJS.Timeout | undefined

  return new Promise((resolve) => {
    const stdio = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const
    const child = spawn(program, args, { detached: true, stdio: [...stdio], env: environment }) as RunningCommand
    const keep = (chunk: Buffer) => {
      output = Buffer.concat([output, chunk]).subarray(-limits.outputLimitBytes)
    }
    const end = () => {
      clearTimeout(tooLong)
      clearTimeout(killedInVain)
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ exitCode, output: wholeCharacters(output), durationMs: performance.now() - startedMs, problem })
    }
    const tooLong = setTimeout(() => {
      problem = `was killed: it took longer than ${limits.timeLimitMs} ms`
      if (child.pid !== undefined) killGroup(child.pid)
      killedInVain = setTimeout(end, KILL_GRACE_MS)
    }, limits.timeLimitMs)
    // A program need not read what it is told.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => {
      problem = `cannot be run: ${error.message}`
      end()
    })
    child.once('exit', (code, signal) => {
      clearTimeout(tooLong)
      clearTimeout(killedInVain)
      exitCode = code
      problem ??= signal ? `was ended by ${signal}` : null
      // What it left running in the background may hold the output open: nobody waits for that.
      const graceOver = setTimeout(end, OUTPUT_GRACE_MS)
      child.once('close', () => {
        clearTimeout(graceOver)
        end()
      })
    })
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Text cut within a character begins with the bytes of its rest. */
function wholeCharacters(output: Buffer): string {
  const start = output.findIndex((byte) => (byte & 0b1100_0000) !== 0b1000_0000)
  return output.subarray(Math.max(start, 0)).toString('utf8')
}
