import { World } from '../world/world.ts'

export type CloudRoad = 'up' | 'cut' | 'answers lost'
export type LinkRoad = 'up' | 'cut' | 'a to b lost' | 'b to a lost'

/** Which roads are lost: of each node to the control plane, and of the nodes to each other. */
export interface Roads {
  a: CloudRoad
  b: CloudRoad
  link: LinkRoad
}

export interface Outcome {
  roads: Roads
  /** Who serves the users of each node in the end. */
  serves: { a: string; b: string }
  /** For how long at most the users of each node were served by nobody. */
  longestGapMs: { a: number; b: number }
  /** The same when all roads are there again. */
  servesAgain: { a: string; b: string }
}

const CLOUD: readonly CloudRoad[] = ['up', 'cut', 'answers lost']
const LINK: readonly LinkRoad[] = ['up', 'cut', 'a to b lost', 'b to a lost']
const LOST_MS = 600_000
const HEALED_MS = 300_000

const swappedLink: Record<LinkRoad, LinkRoad> = {
  up: 'up',
  cut: 'cut',
  'a to b lost': 'b to a lost',
  'b to a lost': 'a to b lost',
}
const named = ({ a, b, link }: Roads): string => [a, b, link].join('|')

/** All combinations of lost roads; of two that differ only in the names of the nodes, one. */
export function allRoads(): Roads[] {
  const seen = new Set<string>()
  const found: Roads[] = []
  for (const link of LINK) {
    for (const a of CLOUD) {
      for (const b of CLOUD) {
        const roads = { a, b, link }
        if (seen.has(named({ a: b, b: a, link: swappedLink[link] }))) continue
        seen.add(named(roads))
        found.push(roads)
      }
    }
  }
  return found
}

/** Loses roads of a pair that is Normal, for ten minutes, and gives them back; the world watches the doors all along. */
export async function lose(roads: Roads): Promise<Outcome> {
  const world = new World()
  await world.pair(['a', 'b'])
  for (const name of ['a', 'b'] as const) {
    const lost = world.lostOf(name)
    if (roads[name] === 'cut') lost.add('to control plane')
    if (roads[name] === 'answers lost') lost.add('from control plane')
    if (roads.link === 'cut' || roads.link === `${name} to ${name === 'a' ? 'b' : 'a'} lost`) lost.add('to peer')
  }
  await world.run(LOST_MS)
  const serving = () => ({ a: world.servedBy('a'), b: world.servedBy('b') })
  const outcome = { roads, serves: serving(), longestGapMs: { a: world.longestGapMs('a'), b: world.longestGapMs('b') } }
  for (const name of ['a', 'b']) world.lostOf(name).clear()
  await world.run(HEALED_MS)
  return { ...outcome, servesAgain: serving() }
}
