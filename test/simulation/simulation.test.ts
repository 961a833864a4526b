import { generateTrace } from './fault-generator.ts'
import type { FaultTrace } from './faults.ts'
import { play } from './group-run.ts'
import FAILED from './seeds.json' with { type: 'json' }
import { shrink } from './shrink.ts'

const HOURS = 1

/** A pair that is lost in the midst of much that does not matter: its doors' deadlines do not count. */
const NODE_LOST: FaultTrace = {
  seed: 'planted',
  parameters: {},
  phases: [
    {
      lastsMs: 300_000,
      faults: [
        { atMs: 1000, kind: 'wall clock jumps', node: 1, byMs: 3_600_000 },
        { atMs: 2000, kind: 'service failed', node: 1, service: 'XCP Router', left: false, forMs: 4000 },
        { atMs: 20_000, kind: 'clock drifts', node: 0, rate: 0.5, forMs: 280_000 },
        { atMs: 30_000, kind: 'road cut', node: 0, way: 'to control plane', forMs: 200_000 },
        { atMs: 30_000, kind: 'road cut', node: 0, way: 'to peer', forMs: 200_000 },
        { atMs: 40_000, kind: 'agent restarted', node: 1 },
      ],
    },
  ],
}

describe('the simulation', () => {
  it('tells the same of the same seed, line by line', async () => {
    const trace = generateTrace('replay', HOURS)
    const one = await play(trace, { transcript: true, hours: HOURS })
    const other = await play(structuredClone(trace), { transcript: true, hours: HOURS })

    expect(one.broken).toBeNull()
    expect(one.transcript.length).toBeGreaterThan(20)
    expect(other.transcript).toEqual(one.transcript)
    expect(other.simulatedMs).toBe(one.simulatedMs)
  })

  it.each(FAILED)('holds where it once failed: $why', async ({ trace }) => {
    expect((await play(trace as FaultTrace)).broken).toBeNull()
  })

  it('draws something else from another seed', () => {
    expect(generateTrace('one', HOURS)).not.toEqual(generateTrace('other', HOURS))
  })

  it('finds two nodes that serve the same users, and leaves out what that does not need', async () => {
    // A clock that runs at half its speed keeps a door open twice as long as the protocol can know.
    const { broken } = await play(NODE_LOST)
    expect(broken?.invariant).toBe('served twice')

    const { phases } = await shrink(NODE_LOST, 'served twice')

    const kinds = phases.flatMap(({ faults }) => faults.map(({ kind }) => kind)).sort()
    expect(kinds).toEqual(['clock drifts', 'road cut', 'road cut'])
    expect((await play({ ...NODE_LOST, phases })).broken?.invariant).toBe('served twice')
  })
})
