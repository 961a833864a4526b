import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeBundle } from '../../infra/constructs/bundle.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** The files of a function's bundle, by name. */
function bundled(entry: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-bundle-'))
  folders.push(folder)
  writeBundle(entry, folder)
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** The sources from which a file was made, and whatever it loads at once. */
function sourcesLoadedWith(files: Record<string, string>, name: string, seen = new Set<string>()): string[] {
  if (seen.has(name)) return []
  seen.add(name)
  const { sources } = JSON.parse(files[`${name}.map`] as string) as { sources: string[] }
  const imported = [...(files[name] as string).matchAll(/(?:\bfrom|\bimport) ?"\.\/([^"]+)"/g)]
  return [...sources, ...imported.flatMap(([, path]) => sourcesLoadedWith(files, path as string, seen))]
}

const HEARTBEAT = 'functions/handlers/heartbeat.ts'

describe('the code of a function', () => {
  it('is the same bytes from the same sources, wherever it is made', () => {
    expect(bundled(HEARTBEAT)).toEqual(bundled(HEARTBEAT))
  })

  it('names its sources from the root of the project, and not this machine', () => {
    const files = bundled(HEARTBEAT)
    const sources = sourcesLoadedWith(files, 'index.mjs')

    expect(sources).toContain(`../${HEARTBEAT}`)
    expect(sources.filter((source) => !/^\.\.\/(domain|functions|node_modules)\//.test(source))).toEqual([])
  })

  it('loads at the start of heartbeat no more than a steady one needs', () => {
    const files = bundled(HEARTBEAT)
    const sources = sourcesLoadedWith(files, 'index.mjs')
    const unwanted =
      /client-(sfn|eventbridge|sns)|powertools|functions\/(composition|adapters\/(dispatch|history-store))|change-group|brake/

    expect(sources).toContain('../functions/usecases/accept-heartbeat.ts')
    expect(sources.filter((source) => unwanted.test(source))).toEqual([])
    expect(Object.keys(files).join()).toMatch(/composition-\w+\.mjs/)
  })
})
