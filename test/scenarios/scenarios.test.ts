import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { World } from '../world/world.ts'
import { carryOut } from './commands.ts'
import { formatScenario, type Part, parseScenario, titleOf } from './scenario-file.ts'

const folder = new URL('./', import.meta.url)
const isUpdate = process.env.UPDATE_SCENARIOS === '1'
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** The scenario as it really goes: the same commands, with what they show. */
async function play(parts: Part[]): Promise<Part[]> {
  const world = new World()
  const played: Part[] = []
  for (const part of parts) {
    if (part.kind === 'text') {
      played.push(part)
      continue
    }
    const shown: string[] = []
    for (const line of part.commands) shown.push(...(await carryOut(world, line)))
    played.push({ ...part, expected: shown })
  }
  return played
}

describe('scenario', () => {
  it.each(files.map((file) => [titleOf(parseScenario(read(file))), file] as const))('%s (%s)', async (_, file) => {
    const written = parseScenario(read(file))
    const played = await play(written)
    if (isUpdate) writeFileSync(new URL(file, folder), formatScenario(played))
    else expect(formatScenario(played)).toBe(formatScenario(written))
  })
})

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
}
