// Plain JavaScript in the manner of old versions: a Node that cannot run our TypeScript must still be able to run this file.

/** The first version that runs TypeScript as it stands. */
const LEAST = [22, 18]

/**
 * Ends the process with one clear line and status 1 where this Node cannot run TypeScript. Call it before a `.ts` file
 * is imported, with `await import(…)`: static imports are read first.
 */
export function checkNode(program, version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return
  console.error(
    `${program} needs Node ${LEAST.join('.')} or newer and this is Node ${version}: ` +
      '`npm ci` installs Node 24 in the project, and `npm start` and `npx understudy …` use it.',
  )
  process.exit(1)
}

/** Checks the Node, then loads the program. Dependencies that are not installed are one clear line, too. */
export async function start(program, load) {
  checkNode(program)
  try {
    await load()
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/^Cannot find package/.test(error.message)) throw error
    console.error(`${program} misses what it depends on: run \`npm ci\` first (${error.message}).`)
    process.exit(1)
  }
}
