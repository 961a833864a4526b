import { Command, InvalidArgumentError } from 'commander'
import { ALTERNATIVES, type Alternative } from './oracle.ts'
import { showProgress } from './progress.ts'
import { reportOf } from './report.ts'
import { StageProcess } from './stage-process.ts'
import { STORIES } from './stories.ts'
import { claimsOf, ORIENTATIONS } from './story.ts'
import { type Outcome, type Walk, walk } from './walk.ts'

/** How many pairs live side by side: more of them make two processors slow, not the walk fast. */
const PAIRS_AT_ONCE = 4

function wholeNumber(value: string): number {
  if (/^[1-9]\d{0,2}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('It must be a whole number above 0.')
}

const command = new Command('npm run conformance --')
  .description("Walks real nodes through every pair of the field's table, in both orientations.")
  .argument(
    '[rows...]',
    'only the stories that lead to these rows of the table',
    (value, rows: number[]) => [...rows, wholeNumber(value)],
    [] as number[],
  )
  .option('--pairs <number>', 'how many pairs live side by side', wholeNumber, PAIRS_AT_ONCE)
  .parse()
const [rows] = command.processedArgs as [number[]]
const { pairs } = command.opts<{ pairs: number }>()
const stories = STORIES.filter((story) => rows.length === 0 || claimsOf(story).some(({ row }) => rows.includes(row)))
const walks: Walk[] = stories.flatMap((story) => ORIENTATIONS.map((orientation) => ({ story, orientation })))

const isWanted = (each: Alternative) => rows.length === 0 || stories.some((story) => claimsOf(story).includes(each))

const stage = await StageProcess.start()
const progress = showProgress(process.stdout, walks.length)
const outcomes: Outcome[] = []
const left = [...walks.entries()]

async function walkOn(): Promise<void> {
  for (let next = left.shift(); next; next = left.shift()) {
    const [index, each] = next
    const outcome = await walk(stage, `walk-${index + 1}`, each, progress.at)
    outcomes[index] = outcome
    progress.ended(outcome)
  }
}

/** Without its stage each walk that is under way fails at once, and ends its nodes. */
function interrupt(): void {
  left.splice(0)
  void stage.stop()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)

try {
  await Promise.all(Array.from({ length: pairs }, walkOn))
} finally {
  progress.end()
  await stage.end()
}
const { text, ok } = reportOf(outcomes.filter(Boolean), {
  wanted: ALTERNATIVES.filter(isWanted),
  width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
})
const troubles = ok ? [] : stage.troubles.map((line) => `the stage: ${line}\n`)
process.stdout.write(`${troubles.join('')}${text}\n`)
process.exitCode = ok ? 0 : 1
