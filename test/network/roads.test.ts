import { until } from '../stage/stage-under-test.ts'
import { describeUnless, whyNoNamespaces } from './namespaces.ts'
import { NetworkPair, TIMEOUT_MS } from './network-pair.ts'

/** What the protocol allows for nobody to be served: the keep-alive timeout, and two seconds for everything else. */
const MOST_MS = TIMEOUT_MS + 2000
/** A busy machine asks late; a door that was closed for less was not closed. */
const LATENESS_MS = 700

function stories(): void {
  let pair: NetworkPair
  beforeAll(async () => {
    pair = await NetworkPair.start()
  })
  beforeEach(() => pair.forget())
  afterEach(() => expect(pair.servedTwice()).toEqual([]))
  afterAll(() => pair?.end())

  /** Goes on for so many timeouts. */
  const watch = (timeouts: number) =>
    until('the doors have been watched', () => pair.watchedMs() > timeouts * TIMEOUT_MS)
  const expectNoGap = () => {
    for (const home of ['a', 'b'] as const) expect(pair.longestGapMs(home)).toBeLessThan(LATENESS_MS)
  }

  it('costs nobody anything when one node cannot reach the control plane, and its peer hears it', async () => {
    pair.roads.loseBoth('a', 'cloud')
    await watch(2.5)
    expectNoGap()
    expect((await pair.status()).nodes.map(({ state, reachable }) => [state, reachable])).toEqual([
      ['Normal', false],
      ['Normal', true],
    ])
    pair.roads.heal()
    await pair.untilHome()
  })

  it('costs nobody anything when the control plane is out of reach for both', async () => {
    for (const node of ['a', 'b'] as const) pair.roads.loseBoth(node, 'cloud')
    await watch(2.5)
    pair.roads.heal()
    await pair.untilHome()
    expectNoGap()
  })

  it('costs nobody anything when the nodes do not hear each other', async () => {
    pair.roads.loseBoth('a', 'b')
    await watch(2)
    expectNoGap()
    pair.roads.heal()
  })

  it('lets the peer take over from a node that is cut off from both, and brings it home', async () => {
    pair.roads.loseBoth('a', 'cloud')
    pair.roads.loseBoth('a', 'b')
    await pair.untilServing('', 'b a')
    expect(pair.longestGapMs('a')).toBeLessThan(MOST_MS)
    expect(pair.longestGapMs('b')).toBeLessThan(LATENESS_MS)
    pair.roads.heal()
    await pair.fallBack('a')
  })

  it('lets the peer take over from a node whose answers do not reach it, and which the peer does not hear', async () => {
    pair.roads.lose('cloud', 'a')
    pair.roads.lose('a', 'b')
    await pair.untilServing('', 'b a')
    expect(pair.longestGapMs('a')).toBeLessThan(MOST_MS)
    pair.roads.heal()
    await pair.fallBack('a')
  })

  it('closes both where nobody hears anybody, fails nobody over, and opens both again', async () => {
    for (const node of ['a', 'b'] as const) pair.roads.loseBoth(node, 'cloud')
    pair.roads.loseBoth('a', 'b')
    await pair.untilServing('', '')
    pair.roads.heal()
    await pair.untilHome()
  })

  it('costs nobody anything when every request takes half a second', async () => {
    pair.holdUp(250)
    await watch(2.5)
    pair.holdUp(0)
    expectNoGap()
    expect((await pair.status()).nodes.map(({ state }) => state)).toEqual(['Normal', 'Normal'])
  })

  it('costs nobody anything when every fifth packet is lost', async () => {
    pair.roads.loseSome(20)
    await watch(4)
    expect(Math.max(pair.longestGapMs('a'), pair.longestGapMs('b'))).toBeLessThan(MOST_MS)
    pair.roads.heal()
    await until('everybody is served', () => `${pair.serves('a')} ${pair.serves('b')}`.trim().split(' ').length >= 2)
  })
}

describeUnless(whyNoNamespaces(), 'a pair whose roads get lost', stories)
