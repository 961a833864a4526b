import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { synthesizedResources } from './synthesized.ts'

/** A function's code as it is deployed, and how Node is told to run it. */
export interface Bundle {
  /** The file that is loaded. */
  entry: string
  nodeOptions: string
}

/** Synthesizes the CDK app into a folder, and answers what it would deploy as the function of that name. */
export async function synthesizedBundle(name: string, folder: string): Promise<Bundle> {
  const resources = await synthesizedResources(folder)
  const found = resources.find(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.FunctionName?.endsWith(`-${name}`),
  )
  if (!found) throw new Error(`the synthesized app has no function "${name}"`)
  const asset = `asset.${found.Properties.Code?.S3Key.replace(/\.zip$/, '')}`
  return {
    entry: join(folder, asset, 'index.mjs'),
    nodeOptions: found.Properties.Environment?.Variables.NODE_OPTIONS ?? '',
  }
}

/** Bundles an entry into one file, with the options that the deployment has for everything else. */
export async function singleFileBundle(entry: string, folder: string): Promise<Bundle> {
  const outfile = join(folder, 'index.mjs')
  await build({
    entryPoints: [entry],
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
  return { entry: outfile, nodeOptions: '' }
}

/** The size of the code that is loaded with an entry: the file and what it imports at once, and so on. */
export function loadedBytes(entry: string, seen: Set<string> = new Set()): number {
  if (seen.has(entry)) return 0
  seen.add(entry)
  const text = readFileSync(entry, 'utf8')
  const imported = [...text.matchAll(/(?:\bfrom|\bimport) ?"(\.\/[^"]+)"/g)].map(([, path]) => path as string)
  return imported.reduce((sum, path) => sum + loadedBytes(join(dirname(entry), path), seen), statSync(entry).size)
}

/** The size of all code that is deployed. */
export function deployedBytes(entry: string): number {
  const folder = dirname(entry)
  const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'))
  return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}
