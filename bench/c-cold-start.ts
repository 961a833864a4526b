import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Bundle, deployedBytes, loadedBytes, singleFileBundle, synthesizedBundle } from './deployed-bundle.ts'
import { median } from './figures.ts'
import { endProgress, figure, heading, ms, progress, verdict } from './report.ts'
import { SteadyGroup } from './steady-group.ts'
import { startStore } from './store.ts'

const PAIRS = 30
const WARM_UP_PAIRS = 2
const MOST = 1.25
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const kibibytes = (bytes: number) => `${Math.round(bytes / 1024)} KiB`

interface Start {
  /** From the loading of the bundle to the answer. */
  wallMs: number
  cpuMs: number
  /** Of the whole process, the start of Node included. */
  processMs: number
}

async function coldStart({ entry, nodeOptions }: Bundle, event: unknown, expected: string): Promise<Start> {
  const eventFile = join(folder, 'event.json')
  writeFileSync(eventFile, JSON.stringify(event))
  const startedMs = performance.now()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [file('cold-start.mjs'), pathToFileURL(entry).href, eventFile],
    { env: { ...process.env, NODE_OPTIONS: nodeOptions } },
  )
  const processMs = performance.now() - startedMs
  if (!stdout.includes(expected)) throw new Error(`${entry} answered ${stdout}`)
  const { wallMs, cpuMs } = JSON.parse(stdout) as { wallMs: number; cpuMs: number }
  return { wallMs, cpuMs, processMs }
}

heading('c', "The heartbeat function's bundle and cold start", [
  'The code and the NODE_OPTIONS that the CDK app deploys, in a fresh process of Node that loads it and answers one steady',
  'heartbeat; against a bare DynamoDB client, bundled into one file, that does the same UpdateItem. Counted',
  `from the loading of the bundle to the answer, without the start of Node. ${PAIRS} pairs, in turn; medians of their ratios.`,
])
const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'))
const store = await startStore()
try {
  progress('synthesizing the CDK app')
  const heartbeat = await synthesizedBundle('heartbeat', join(folder, 'cdk.out'))
  const bare = await singleFileBundle(file('bare-update.ts'), join(folder, 'bare'))
  Object.assign(process.env, store.environment)
  progress('setting the group up')
  const group = await SteadyGroup.create()

  const pairs: { heartbeat: Start; bare: Start }[] = []
  for (let count = -WARM_UP_PAIRS; count < PAIRS; count++) {
    progress(count < 0 ? 'warming up' : `pair ${count + 1} of ${PAIRS}`)
    // Both agents hear, too, so that the heartbeats stay steady ones.
    await group.beat(0)
    await group.beat(1)
    const startHeartbeat = () => coldStart(heartbeat, group.event(0), '"statusCode":200')
    const startBare = async () => coldStart(bare, await group.update(0), '"Attributes"')
    const heartbeatFirst = count % 2 === 0
    const first = await (heartbeatFirst ? startHeartbeat() : startBare())
    const second = await (heartbeatFirst ? startBare() : startHeartbeat())
    if (count >= 0) pairs.push(heartbeatFirst ? { heartbeat: first, bare: second } : { heartbeat: second, bare: first })
  }
  endProgress()

  for (const name of ['heartbeat', 'bare'] as const) {
    const of = (what: keyof Start) => median(pairs.map((pair) => pair[name][what]))
    figure(
      name === 'bare' ? 'bare DynamoDB client' : 'heartbeat function',
      `${ms(of('wallMs'))}, CPU ${ms(of('cpuMs'))}; the whole process ${ms(of('processMs'))}`,
    )
  }
  const ratio = (what: keyof Start) => median(pairs.map((pair) => pair.heartbeat[what] / pair.bare[what]))
  verdict('cold start, heartbeat / bare', ratio('wallMs'), MOST)
  verdict('CPU of it, heartbeat / bare', ratio('cpuMs'), MOST)
  const [own, other] = [loadedBytes(heartbeat.entry), loadedBytes(bare.entry)]
  figure(
    'heartbeat function, code that is loaded with it',
    `${kibibytes(own)} of ${kibibytes(deployedBytes(heartbeat.entry))}`,
  )
  figure('bare DynamoDB client, code', kibibytes(other))
  verdict('code that is loaded, heartbeat / bare', own / other, MOST)
} finally {
  await store.end()
  rmSync(folder, { recursive: true, force: true })
}
