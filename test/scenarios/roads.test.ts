import { readFileSync, writeFileSync } from 'node:fs'
import { allRoads, lose, type Outcome, type Roads } from './roads.ts'

const document = new URL('../../docs/roads.md', import.meta.url)
const TIMEOUT_MS = 60_000
const HOOK_MS = 500
/** What the protocol allows beside the keep-alive timeout, with the hook of a take-over. */
const MOST_MS = TIMEOUT_MS + 2000 + HOOK_MS

const told: Record<string, string> = {
  'answers lost': 'it speaks, and does not hear',
  'a to b lost': 'b does not hear a',
  'b to a lost': 'a does not hear b',
}
const road = (state: string): string => told[state] ?? state

function served(home: 'a' | 'b', { serves, longestGapMs }: Outcome): string {
  const by = serves[home]
  const gapMs = longestGapMs[home]
  if (by === home && gapMs === 0) return home
  if (by === 'nobody') return 'nobody: it closes, when its lease has lapsed'
  return `${by}, after ${(gapMs / 1000).toFixed(1)} s of nobody`
}

const line = (outcome: Outcome): string => {
  const { a, b, link } = outcome.roads
  return `| ${[road(a), road(b), road(link), served('a', outcome), served('b', outcome)].join(' | ')} |`
}

const page = (outcomes: Outcome[]): string => `# Lost roads

Two nodes, a and b, and the control plane: three roads, each of which can be lost, or lost in one direction. This table says for
every combination who serves whose users in the end, and for how long nobody did, with the field's default parameters: T = 60 s,
a lease of 55 s, promises of 22 s. Of two combinations that differ only in the names of the nodes one stands here. Never do two
nodes serve the same users. It is written by \`UPDATE_SCENARIOS=1 npm test -- test/scenarios/roads\`, over virtual time with the
agents' real core, and a test holds every line.

| a ↔ control plane | b ↔ control plane | a ↔ b | users of a | users of b |
| --- | --- | --- | --- | --- |
${outcomes.map(line).join('\n')}

When the roads are there again, everybody is served again in each of these cases: at home, or by the node that took over until
somebody asks for a fallback.

Honest limits. A virtual machine whose clock stands still while it is paused, or that is set back to a snapshot, can serve on
after its lease: it has to be fenced from outside. A node that is cut off from both the control plane and its peer closes,
although its peer may be dead. And this speaks of doors: what a server still does for sessions that were cut is its own affair.
`

describe('lost roads', () => {
  let outcomes: Outcome[]
  beforeAll(async () => {
    outcomes = []
    for (const roads of allRoads()) outcomes.push(await lose(roads))
  })
  const each = (check: (roads: Roads, outcome: Outcome) => void) => {
    for (const outcome of outcomes) check(outcome.roads, outcome)
  }
  const reaches = ({ a, b }: Roads) => [a, b].includes('up')

  it('cost nobody anything while the nodes hear each other, or the control plane hears both', () => {
    each(({ a, b, link }, { longestGapMs }) => {
      if (link === 'up' || (a === 'up' && b === 'up')) expect(longestGapMs).toEqual({ a: 0, b: 0 })
    })
  })

  it('leave nobody unserved for longer than the keep-alive timeout and a little, while one node is connected', () => {
    each((roads, { longestGapMs, serves }) => {
      if (!reaches(roads)) return
      expect(Math.max(longestGapMs.a, longestGapMs.b)).toBeLessThanOrEqual(MOST_MS)
      expect(Object.values(serves)).not.toContain('nobody')
    })
  })

  it('are forgotten when they are there again: everybody is served', () => {
    each((_, { servesAgain }) => expect(Object.values(servesAgain)).not.toContain('nobody'))
  })

  it('are told in docs/roads.md, line by line', () => {
    if (process.env.UPDATE_SCENARIOS === '1') writeFileSync(document, page(outcomes))
    else expect(readFileSync(document, 'utf8')).toBe(page(outcomes))
  })
})
