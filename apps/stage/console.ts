import { readFile } from 'node:fs/promises'
import { buildConsole, type ConsoleBuildOptions } from './console-build.ts'
import { readConsoleFiles } from './console-files.ts'
import { BEING_BUILT, notBuilt } from './console-page.ts'
import { type Shown, startConsoleServer } from './console-server.ts'
import { signIn } from './console-sign-in.ts'
import { openConsoleToken } from './console-token.ts'
import type { Identities } from './identities.ts'

export interface ConsoleOptions {
  /** 0 takes a free one. */
  port: number
  /** Of the API. */
  endpoint: string
  region: string
  dataFolder: string
  identities: Identities
  build: ConsoleBuildOptions
  /** What the build makes. */
  folder: string
  /** A JSON file: directives, each with its sources. */
  contentSecurityPolicyFile: string
  onError: (error: unknown, where: string) => void
}

/** The console of a running stage. */
export interface Console {
  origin: string
  /** With the token: who opens it is signed in. */
  address: string
  /** Whether it came to be built; never rejects. */
  built: Promise<boolean>
  close(): Promise<void>
}

/** The page's own policy, and the API beside it: it connects to nothing else. */
async function policyOf(file: string, endpoint: string): Promise<string> {
  const directives = JSON.parse(await readFile(file, 'utf8')) as Record<string, string[]>
  const connected = { ...directives, 'connect-src': [...(directives['connect-src'] ?? []), endpoint] }
  return Object.entries(connected)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ')
}

/** Serves the console, and builds it beside that where it is missing or stale. Rejects when the port is taken. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { port, endpoint, region, dataFolder, identities, folder, onError } = options
  const token = await openConsoleToken(dataFolder)
  let shown: Shown = { kind: 'page', status: 503, page: BEING_BUILT }
  let isClosing = false
  const server = await startConsoleServer({
    port,
    config: { environment: 'stage', endpoint, region, signIn: { kind: 'stage' } },
    contentSecurityPolicy: await policyOf(options.contentSecurityPolicyFile, endpoint),
    shown: () => shown,
    signIn: (request) => signIn(request, token, identities),
    onError,
  })
  const build = buildConsole(options.build)
  const show = async (): Promise<boolean> => {
    const reason = await build.done
    if (isClosing) return false
    try {
      if (reason !== null) throw new Error(reason)
      const files = await readConsoleFiles(folder)
      if (!files.has('/index.html')) throw new Error('the build has made no index.html')
      shown = { kind: 'files', files }
      return true
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error)
      shown = { kind: 'page', status: 500, page: notBuilt(told) }
      onError(new Error(`it could not be built, and its page says why: ${server.origin}`), 'the console')
      return false
    }
  }
  return {
    origin: server.origin,
    address: `${server.origin}/#token=${token}`,
    built: show(),
    async close() {
      isClosing = true
      await build.close()
      await server.close()
    },
  }
}
