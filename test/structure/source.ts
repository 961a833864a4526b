import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Source {
  /** From the project's root on. */
  path: string
  text: string
  /** What it imports: paths from the root on for our own files, else the package's specifier. */
  imports: string[]
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|(?:^|\n)\s*import\s+'([^']+)'|import\('([^']+)'\)/g

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(IMPORT)]
    .map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
    .map((name) => (name.startsWith('.') ? new URL(name, `file:///${path}`).pathname.slice(1) : name))
}

/** All source files below the folders named, with what they import. */
export function sources(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(tsx?|mjs)$/.test(name) && !/\.d\.ts$|(^|\/)dist\//.test(name))
      .map((name) => {
        const path = `${folder}/${name}`
        const text = readFileSync(`${root}${path}`, 'utf8')
        return { path, text, imports: importsOf(path, text) }
      }),
  )
}
