import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { median } from './figures.ts'
import { endProgress, figure, heading, ms, progress, verdict } from './report.ts'
import { SteadyGroup } from './steady-group.ts'
import { startStore } from './store.ts'

const PAIRS = 30
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** With the options of the deployment (infra/constructs/function.ts). */
async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [file(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);" },
    minify: true,
    logLevel: 'warning',
  })
}

/** Wall-clock time of a fresh process from its start to its answer. */
async function coldStart(script: string, event: unknown, folder: string, expected: string): Promise<number> {
  const eventFile = join(folder, 'event.json')
  writeFileSync(eventFile, JSON.stringify(event))
  const startedMs = performance.now()
  const child = spawn(process.execPath, [file('cold-start.mjs'), pathToFileURL(script).href, eventFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  await once(child, 'close')
  const tookMs = performance.now() - startedMs
  if (!output.includes(expected)) throw new Error(`${script} answered ${output}`)
  return tookMs
}

heading('c', "The heartbeat function's bundle and cold start", [
  'A fresh process of Node loads the bundle (esbuild, with the options of the deployment) and answers one steady heartbeat,',
  `against one that loads a bare DynamoDB client and does the same UpdateItem. ${PAIRS} pairs, in turn; medians.`,
])
const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'))
const store = await startStore()
try {
  Object.assign(process.env, store.environment)
  progress('setting the group up')
  const group = await SteadyGroup.create()
  const scripts = { heartbeat: join(folder, 'heartbeat.mjs'), bare: join(folder, 'bare.mjs') }
  await bundle('../functions/handlers/heartbeat.ts', scripts.heartbeat)
  await bundle('bare-update.ts', scripts.bare)
  for (const [name, path] of Object.entries(scripts)) {
    figure(`bundle, ${name}`, `${Math.round(statSync(path).size / 1024)} KiB`)
  }
  const found = { heartbeat: [] as number[], bare: [] as number[] }
  for (let pair = 0; pair < PAIRS; pair++) {
    progress(`pair ${pair + 1} of ${PAIRS}`)
    await group.beat(0)
    await group.beat(1)
    const heartbeat = async () =>
      found.heartbeat.push(await coldStart(scripts.heartbeat, group.event(0), folder, '"statusCode":200'))
    const bare = async () => found.bare.push(await coldStart(scripts.bare, await group.update(0), folder, 'Attributes'))
    for (const run of pair % 2 === 0 ? [heartbeat, bare] : [bare, heartbeat]) await run()
  }
  endProgress()
  figure('cold start, heartbeat', ms(median(found.heartbeat)))
  figure('cold start, bare DynamoDB client', ms(median(found.bare)))
  const ratios = found.heartbeat.map((value, pair) => value / (found.bare[pair] ?? value))
  verdict('cold start, heartbeat / bare, median of the pairs', median(ratios), 1.25)
} finally {
  await store.end()
  rmSync(folder, { recursive: true, force: true })
}
