import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Runs the benchmarks that are named by their letters, or all; what follows `--` options goes to each. */
const folder = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(folder)
  .filter((name) => /^[a-z]-.*\.ts$/.test(name))
  .sort()
const args = process.argv.slice(2)
const firstOption = args.findIndex((arg) => arg.startsWith('--'))
const letters = firstOption < 0 ? args : args.slice(0, firstOption)
const options = firstOption < 0 ? [] : args.slice(firstOption)

const unknown = letters.filter((letter) => !files.some((name) => name.startsWith(`${letter}-`)))
if (unknown.length > 0) {
  const known = files.map((name) => name.replace(/\.ts$/, '')).join(', ')
  console.error(`there is no benchmark ${unknown.join(', ')}; there are: ${known}`)
  process.exit(2)
}
for (const name of files.filter((file) => letters.length === 0 || letters.includes(file[0] as string))) {
  const child = spawn(process.execPath, [`${folder}${name}`, ...options], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exit(code ?? 1)
  console.log()
}
