import { readFileSync } from 'node:fs'
import { compareGroup, type GroupReport, traceOfGroup } from './group-thread.ts'
import { mixLines } from './mix.ts'
import { tableOf } from './table.ts'

const page = readFileSync(new URL('../../docs/comparison.md', import.meta.url), 'utf8')
const linesOf = (text: string) => text.split('\n')
const order = (group: number) => ({ seed: '1', mix: 'links' as const, group, hours: 10 })

describe('the two systems side by side', () => {
  it('differ where the link between two healthy nodes is cut: only nodes that judge each other serve twice', async () => {
    const { understudy, peerToPeer } = await compareGroup({ seed: '1', mix: 'everything', group: 1, hours: 10 })

    expect(understudy).toMatchObject({ groupHours: 10, splitBrainMs: 0 })
    expect(peerToPeer.groupHours).toBe(10)
    expect(peerToPeer.splitBrainMs).toBeGreaterThan(10 * 60_000)
  })

  it('are measured the same from the same seed, and otherwise from another', async () => {
    const everything = { seed: '1', mix: 'everything' as const, group: 0, hours: 3 }

    expect(await compareGroup(everything)).toEqual(await compareGroup(everything))
    expect(traceOfGroup({ ...everything, seed: '2' })).not.toEqual(traceOfGroup(everything))
  })

  it('come to the table that docs/comparison.md shows for a short run', async () => {
    const reports: GroupReport[] = []
    for (let group = 0; group < 10; group++) reports.push(await compareGroup(order(group)))

    expect(tableOf(reports.toReversed())).toEqual(tableOf(reports))
    expect(linesOf(page)).toEqual(expect.arrayContaining(tableOf(reports)))
  })

  it('are played the faults that docs/comparison.md lists', () => {
    expect(linesOf(page)).toEqual(expect.arrayContaining(mixLines()))
  })
})
