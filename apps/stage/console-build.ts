import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'

/** How the console is being built: by a program of its own, so that nothing waits for it. */
export interface ConsoleBuild {
  /** What the program printed as it failed; null: what is built is fresh. Never rejects. */
  done: Promise<string | null>
  /** Ends the program, where it still runs. */
  close(): Promise<void>
}

export interface ConsoleBuildOptions {
  /** Builds what is missing or stale, and exits with 0, or with something else and a reason. */
  program: string
  environment: NodeJS.ProcessEnv
}

/** Of a long report the beginning says what is wrong. */
const OUTPUT_CHARACTERS = 8000

export function buildConsole({ program, environment }: ConsoleBuildOptions): ConsoleBuild {
  // A page that is built for development is several times as large, whatever the shell is set to.
  const env = { ...environment, NODE_ENV: 'production', NO_COLOR: '1' }
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, OUTPUT_CHARACTERS)
    })
  }
  if (child.pid !== undefined) yieldTo(child.pid)
  const done = once(child, 'close').then(
    ([code, signal]) => (code === 0 ? null : output.trim() || `it ended with ${signal ?? `exit code ${code}`}`),
    (error: Error) => error.message,
  )
  return {
    done,
    async close() {
      child.kill()
      await done
    },
  }
}

/** The stage and its nodes come first: their heartbeats are by the second. */
function yieldTo(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already, or the system does not let us: the build is done all the same.
  }
}
