import type { ServiceParameters } from '../../domain/settings.ts'
import type { Fault } from '../simulation/faults.ts'
import type { Figures } from './meter.ts'
import { playPeerToPeer } from './play.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/** What the nodes did, beside the faults themselves, and what it came to; before any operator has come. */
async function story(faults: Fault[], minutes: number, parameters: Partial<ServiceParameters> = {}) {
  const lines: string[] = []
  const trace = { seed: 'story', parameters, phases: [{ lastsMs: minutes * MINUTE_MS, faults }] }
  const figures: Figures = await playPeerToPeer(trace, (line) => lines.push(line))
  return { figures, did: lines.filter((line) => !line.includes('*')) }
}

const cut = (node: 0 | 1, atMs: number, forMs: number): Fault => ({
  kind: 'road cut',
  node,
  way: 'to peer',
  atMs,
  forMs,
})
const cutBoth = (atMs: number, forMs: number) => [cut(0, atMs, forMs), cut(1, atMs, forMs)]

describe('a pair whose nodes judge each other', () => {
  it('takes over from a dead peer when the keep-alive timeout has passed since its last heartbeat', async () => {
    const { did, figures } = await story([{ kind: 'power lost', node: 0, atMs: 1, forMs: 5 * MINUTE_MS }], 8)

    // Both nodes were last heard seven seconds before these times begin.
    expect(did).toEqual([
      '0:00:53.140  beta: alpha FailingOver, beta TakingOver (PeerDown)',
      '0:00:53.640  beta: alpha FailedOver, beta RunningInBackupMode (PeerDown)',
      '0:05:00.001  alpha: the agent starts',
    ])
    expect(figures).toMatchObject({ splitBrainMs: 0, closedMs: 53_639, automaticFailovers: 1, needlessFailovers: 0 })
  })

  it('takes over at once from a host that says good-bye, and an operator brings its users home', async () => {
    const reboot: Fault = { kind: 'shut down', leaving: 'reboot', node: 1, atMs: 0, forMs: 2 * MINUTE_MS }
    const { did, figures } = await story([reboot], 15)

    expect(did).toEqual([
      '0:00:00.020  alpha: alpha TakingOver, beta FailingOver (PeerReboot)',
      '0:00:00.520  alpha: alpha RunningInBackupMode, beta FailedOver (PeerReboot)',
      '0:02:00.000  beta: the agent starts',
      '0:11:00.000  alpha: alpha FallingBack, beta TakingBack (OnAdminRequest)',
      '0:11:00.520  beta: alpha FallingBack, beta TakingBack (OnAdminRequest)',
      '0:11:00.540  alpha: alpha Normal, beta Normal (Normal)',
    ])
    expect(figures).toMatchObject({ splitBrainMs: 0, closedMs: 540, interventions: 1 })
  })

  it('goes home by itself where automatic fallback is enabled, a delay after the failed node is healthy', async () => {
    const reboot: Fault = { kind: 'shut down', leaving: 'reboot', node: 1, atMs: 0, forMs: 2 * MINUTE_MS }
    const { did, figures } = await story([reboot], 40, { automaticFallbackEnabled: true })

    // Its services run five seconds after its host is up.
    expect(did.slice(3)).toEqual([
      '0:32:05.020  alpha: alpha FallingBack, beta TakingBack (AutomaticFallback)',
      '0:32:05.540  beta: alpha FallingBack, beta TakingBack (AutomaticFallback)',
      '0:32:05.560  alpha: alpha Normal, beta Normal (Normal)',
    ])
    expect(figures.interventions).toBe(0)
  })

  it('fails over for a critical service that is down for the whole delay, and not for one that is back before', async () => {
    const fail = (forMs: number): Fault[] => [
      { kind: 'service failed', node: 0, service: 'XCP Router', left: false, atMs: 0, forMs },
    ]
    const brief = await story(fail(89 * SECOND_MS), 5)
    const long = await story(fail(91 * SECOND_MS), 5)

    expect(brief.did).toEqual([])
    expect(long.did).toEqual([
      '0:01:30.000  alpha: alpha FailingOver, beta TakingOver (CriticalServiceDown)',
      '0:01:30.520  beta: alpha FailedOver, beta RunningInBackupMode (CriticalServiceDown)',
    ])
    expect(long.figures).toMatchObject({ splitBrainMs: 0, brokenMs: 90_000, closedMs: 520, needlessFailovers: 0 })
  })

  it('has both nodes serve all users while the link between them is cut, until they hear each other again', async () => {
    const short = await story(cutBoth(0, 40 * SECOND_MS), 20)
    const five = await story(cutBoth(0, 5 * MINUTE_MS), 20)
    const ten = await story(cutBoth(0, 10 * MINUTE_MS), 20)

    expect(short.did).toEqual([])
    expect(short.figures.splitBrainMs).toBe(0)
    expect(five.did).toHaveLength(4)
    expect(five.figures).toMatchObject({ needlessFailovers: 2, interventions: 0, closedMs: 0 })
    const both = 2
    expect(ten.figures.splitBrainMs - five.figures.splitBrainMs).toBe(both * 5 * MINUTE_MS)
    expect(five.figures.splitBrainMs).toBeGreaterThan(both * 3.5 * MINUTE_MS)
    expect(five.figures.splitBrainMs).toBeLessThan(both * 4.5 * MINUTE_MS)
  })

  it('yields where a node still hears that its peer has taken over', async () => {
    const { did, figures } = await story([cut(0, 0, 5 * MINUTE_MS)], 8)

    expect(did).toHaveLength(2)
    expect(did[1]).toContain('beta: alpha FailedOver, beta RunningInBackupMode (PeerDown)')
    expect(figures).toMatchObject({ splitBrainMs: 0, needlessFailovers: 1 })
  })

  it('stops serving by what the peer wrote, where an agent does not run', async () => {
    const { did, figures } = await story([{ kind: 'agent killed', node: 1, atMs: 0, forMs: 5 * MINUTE_MS }], 8)

    expect(did[1]).toContain('alpha: alpha RunningInBackupMode, beta FailedOver (PeerDown)')
    expect(figures).toMatchObject({ splitBrainMs: 0, needlessFailovers: 1 })
  })

  it('serves everybody from a node that starts up and does not see its peer', async () => {
    const { did } = await story(
      [
        { kind: 'power lost', node: 0, atMs: 0, forMs: 10 * MINUTE_MS },
        { kind: 'power lost', node: 1, atMs: 0, forMs: 30 * SECOND_MS },
      ],
      5,
    )

    expect(did).toEqual([
      '0:00:30.000  beta: the agent starts',
      '0:02:30.000  beta: alpha FailingOver, beta TakingOver (PeerDownDuringInitialization)',
      '0:02:30.500  beta: alpha FailedOver, beta RunningInBackupMode (PeerDownDuringInitialization)',
    ])
  })

  it('needs an operator in failed mode, where the users could not be moved', async () => {
    const bad: Fault = {
      kind: 'hook bad',
      hook: 'onTakeOver',
      manner: 'fails',
      limitMs: 1,
      node: 1,
      atMs: 0,
      forMs: 3_600_000,
    }
    const { did, figures } = await story(
      [bad, { kind: 'ask', action: 'failover', node: 0, twice: false, atMs: 10 }],
      15,
    )

    expect(did).toEqual([
      '0:00:00.030  alpha: alpha FailingOver, beta TakingOver (OnAdminRequest)',
      '0:00:00.550  beta: alpha RunningInFailedMode, beta RunningInFailedMode (TakeOverUsersFailed)',
      '0:11:00.000  alpha: alpha RunningInFailedMode, beta RunningInFailedMode (TakeOverUsersFailed)',
      '0:11:00.000  alpha: alpha Normal, beta Normal (Normal)',
    ])
    expect(figures).toMatchObject({ splitBrainMs: 0, interventions: 1 })
  })
})
