import { World } from '../world/world.ts'

const STEP_MS = 1500
const LONGEST_MS = 150_000

/** Outages of the control plane alone, of every length up to two and a half keep-alive timeouts. */
const outages = Array.from({ length: LONGEST_MS / STEP_MS }, (_, index) => (index + 1) * STEP_MS)

/** Who failed over because of it, in words; '' where nobody did. */
async function failedOver(outageMs: number, linkIsUp: boolean): Promise<string> {
  const world = new World()
  await world.pair(['a', 'b'])
  world.cloud.isDown = true
  if (!linkIsUp) for (const name of ['a', 'b']) world.lostOf(name).add('to peer')
  await world.run(outageMs)
  world.cloud.isDown = false
  for (const name of ['a', 'b']) world.lostOf(name).clear()
  await world.run(LONGEST_MS)
  const { nodes } = world.cloud.group
  const states = nodes.map(({ state }) => state)
  const served = ['a', 'b'].every((name) => world.servedBy(name) === name)
  return states.every((state) => state === 'Normal') && served ? '' : `${outageMs} ms: ${states.join(', ')}`
}

describe('an outage of the control plane alone, however long, fails nobody over (rule 9)', () => {
  it.each([
    ['while the nodes hear each other', true],
    ['also where they do not', false],
  ])('%s', async (_, linkIsUp) => {
    const found = []
    for (const outageMs of outages) found.push(await failedOver(outageMs, linkIsUp))
    expect(found.filter((text) => text !== '')).toEqual([])
  })
})
