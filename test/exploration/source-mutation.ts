import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

export interface Outcome {
  mutation: Mutation
  /** What found it; null: nothing did. */
  invariant: string | null
  /** The part of the model that did, or the seed of the simulation. */
  scope: string
  states: number
  /** How many steps the shortest way to it has. */
  steps: number
  elapsedMs: number
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** What a model needs of the sources, and what a simulation needs. */
const FOLDERS = {
  model: ['domain', 'apps/agent', 'test/exploration', 'test/domain'],
  simulation: ['domain', 'apps', 'functions', 'statemachines', 'test'],
}
/** As many at a time as the machine has cores to spare. */
const AT_A_TIME = 2

/** Why the mutation cannot be made: its text does not stand exactly once in its file, or it changes nothing. */
export function staleness({ file, text, replacement }: Mutation): string | null {
  const found = readFileSync(`${ROOT}${file}`, 'utf8').split(text).length - 1
  if (found !== 1) return `its text stands ${found} times in ${file}`
  return text === replacement ? 'it changes nothing' : null
}

/** Runs each mutation in a copy of the sources, two at a time, and stops each at its first violation. */
export async function runMutations(
  mutations: readonly Mutation[],
  onOutcome: (outcome: Outcome, done: number) => void,
): Promise<Outcome[]> {
  for (const mutation of mutations) {
    const why = staleness(mutation)
    if (why) throw new Error(`"${mutation.name}" cannot be made any more: ${why}`)
  }
  const outcomes: Outcome[] = []
  const waiting = mutations.entries()
  let done = 0
  const work = async () => {
    for (const [place, mutation] of waiting) {
      const outcome = await runMutation(mutation)
      outcomes[place] = outcome
      done += 1
      onOutcome(outcome, done)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return outcomes
}

async function runMutation(mutation: Mutation): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'))
  try {
    const isModel = 'model' in mutation.by
    for (const name of [...FOLDERS[isModel ? 'model' : 'simulation'], 'package.json']) {
      cpSync(`${ROOT}${name}`, join(folder, name), { recursive: true })
    }
    symlinkSync(`${ROOT}node_modules`, join(folder, 'node_modules'))
    const file = join(folder, mutation.file)
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(mutation.text, () => mutation.replacement),
    )
    const startedMs = performance.now()
    const found = await ('model' in mutation.by ? exploreIn(folder, mutation.by) : simulateIn(folder, mutation.by))
    return { mutation, ...found, elapsedMs: performance.now() - startedMs }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Found = Pick<Outcome, 'invariant' | 'scope' | 'states' | 'steps'>

async function exploreIn(
  folder: string,
  { model, scopes = [] }: { model: string; scopes?: readonly string[] },
): Promise<Found> {
  const { code, said, failed } = await run([join(folder, 'test/exploration/mutant.ts'), model, ...scopes])
  if (said === '') throw new Error(`a mutation could not be explored (exit code ${code}): ${failed}`)
  return JSON.parse(said) as Found
}

async function simulateIn(folder: string, { simulation }: { simulation: readonly string[] }): Promise<Found> {
  const { code, failed } = await run([join(folder, 'test/simulation/main.ts'), ...simulation])
  const invariant = code === 0 ? null : (failed.trim().split('\n')[0] ?? '')
  return { invariant, scope: `simulation ${simulation.join(' ')}`, states: 0, steps: 0 }
}

async function run(args: string[]): Promise<{ code: number; said: string; failed: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
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
