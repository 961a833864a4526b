import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Found, ModelName } from './part.ts'

/** A change of a source file. */
export interface SourceChange {
  file: string
  /** Stands exactly once in the file. */
  text: string
  replacement: string
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** All that the doors' model and the simulation need of the sources. */
const FOLDERS = ['domain', 'apps', 'functions', 'statemachines', 'test']

/** Why the change cannot be made: its text does not stand exactly once in its file, or it changes nothing. */
export function staleness({ file, text, replacement }: SourceChange): string | null {
  const found = readFileSync(`${ROOT}${file}`, 'utf8').split(text).length - 1
  if (found !== 1) return `its text stands ${found} times in ${file}`
  return text === replacement ? 'it changes nothing' : null
}

/** Does something in a copy of the sources in which something was changed. */
export async function inChangedCopy<Answer>(
  change: SourceChange,
  run: (folder: string) => Promise<Answer>,
): Promise<Answer> {
  const why = staleness(change)
  if (why) throw new Error(`${change.file} cannot be changed any more: ${why}`)
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'))
  try {
    for (const name of [...FOLDERS, 'package.json']) cpSync(`${ROOT}${name}`, join(folder, name), { recursive: true })
    symlinkSync(`${ROOT}node_modules`, join(folder, 'node_modules'))
    const file = join(folder, change.file)
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(change.text, () => change.replacement),
    )
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Looks at a part of a model in the copy. */
export async function exploreIn(folder: string, model: ModelName, part: string): Promise<Found> {
  const { code, said, failed } = await runNode(folder, ['test/exploration/mutant.ts', model, part])
  if (said === '') throw new Error(`a mutation could not be explored (exit code ${code}): ${failed}`)
  return JSON.parse(said) as Found
}

/** What the simulation says on the error output where something does not hold. */
const SAID = /simulate: the invariant "(.*)" does not hold/

/** Simulates in the copy. */
export async function simulateIn(folder: string, options: readonly string[]): Promise<Found> {
  const { code, failed } = await runNode(folder, ['test/simulation/main.ts', ...options])
  const invariant = SAID.exec(failed)?.[1] ?? null
  if (code !== 0 && invariant === null) throw new Error(`a mutation could not be simulated: ${failed}`)
  return { invariant, states: 0, steps: 0 }
}

async function runNode(cwd: string, args: string[]): Promise<{ code: number; said: string; failed: string }> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let failed = ''
  child.stdout.on('data', (text) => {
    said += text
  })
  child.stderr.on('data', (text) => {
    failed += text
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, said, failed }
}
