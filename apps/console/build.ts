import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import configuration, { OUTPUT } from './vite.config.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
/** All that the built console can depend on. */
const SOURCES = ['apps/console', 'apps/client', 'domain', 'package-lock.json']
const STAMP = join(OUTPUT, 'stamp.txt')

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(join(project, path), { withFileTypes: true }).catch(() => null)
  if (!entries) return [path]
  const inside = entries.filter(({ name }) => !['dist', 'node_modules'].includes(name) && !name.startsWith('.'))
  return (await Promise.all(inside.map(({ name }) => filesOf(`${path}/${name}`)))).flat()
}

/** What the sources are, in one word. */
async function stampOf(): Promise<string> {
  const files = (await Promise.all(SOURCES.map(filesOf))).flat().sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(await readFile(join(project, file)))
  return hash.digest('hex')
}

const stamp = await stampOf()
if ((await readFile(STAMP, 'utf8').catch(() => '')) === stamp) {
  console.log('The console is built.')
} else {
  const startedAtMs = performance.now()
  // What is served stays whole while the next is being built.
  const folder = await mkdtemp(join(fileURLToPath(new URL('.', import.meta.url)), '.building-'))
  process.once('SIGTERM', () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(1)
  })
  try {
    await build({ ...configuration, configFile: false, build: { ...configuration.build, outDir: folder } })
    await writeFile(join(folder, 'stamp.txt'), stamp)
    await rm(OUTPUT, { recursive: true, force: true })
    await rename(folder, OUTPUT)
    console.log(`Built the console in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s.`)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    console.error(`The console cannot be built: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
