import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Makes the agent's single file: Node runs it without anything else. Packages in it that are still CommonJS ask for Node's
 * own modules by `require`, which an ES module does not have by itself.
 */

const [outfile = fileURLToPath(new URL('../../dist/understudy-agent.mjs', import.meta.url))] = process.argv.slice(2)
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

await build({
  entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: { js: `#!/usr/bin/env node\n${REQUIRE}` },
  logLevel: 'warning',
})
await chmod(outfile, 0o755)
process.stdout.write(`${outfile}\n`)
