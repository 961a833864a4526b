import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'
import { pathInProject } from '../project-files.ts'

/**
 * The code of a function: index.mjs, and chunks that it loads when it needs them. A cold start reads only what every
 * call needs (`npm run bench -- c`); the library's NodejsFunction knows no such splitting.
 */
export function functionCode(entry: string): AssetCode {
  return Code.fromAsset(pathInProject(''), {
    // Of what was made, so that a function is deployed again when its own code changes, and only then.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below always succeeds, or ends the synthesis with esbuild's message.
      image: DockerImage.fromRegistry('none'),
      // No command runs. It tells the assets apart, which all have the same source and are made once each.
      command: [entry],
      local: {
        tryBundle(folder) {
          writeBundle(entry, folder)
          return true
        },
      },
    },
  })
}

/** Bundles an entry into a folder. The same sources give the same bytes, wherever the folder is. */
export function writeBundle(entry: string, folder: string): void {
  const { outputFiles } = buildSync({
    absWorkingDir: pathInProject(''),
    entryPoints: [entry],
    // Nothing is written there: the paths in source maps are relative to it.
    outdir: 'bundle',
    write: false,
    entryNames: 'index',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Some CommonJS dependencies call require, which an ES module does not have.
    banner: { js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);" },
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    // What was tested is what runs: nothing is external, as the runtime's own copy of the SDK changes by itself.
    external: [],
    logLevel: 'warning',
  })
  mkdirSync(folder, { recursive: true })
  for (const { path, contents } of outputFiles) writeFileSync(join(folder, basename(path)), contents)
}
