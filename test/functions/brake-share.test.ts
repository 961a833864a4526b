import { Api } from './api.ts'
import { askUntil, brakeOf, fleetOf, isHeldBack, mailsOf } from './fleet.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

describe('the fleet brake of a deployment of twenty groups', () => {
  it('does not hold at five silent nodes, which are 25 %, and holds at the sixth', async () => {
    const [sixth, ...others] = await fleetOf(api, 20)
    const five = others.slice(0, 5)
    await Promise.all(five.map((pair) => pair.fallSilent()))
    await askUntil(five, (pair) => pair.isFailedOver())
    expect(await brakeOf(api)).toMatchObject({ holds: false, groups: 20, silentGroups: 5 })
    expect(await mailsOf(api)).toEqual([])

    await sixth?.fallSilent()
    await askUntil(sixth ? [sixth] : [], isHeldBack)

    expect(await brakeOf(api)).toMatchObject({ holds: true, silentGroups: 6, heldBack: [{ group: 'g0' }] })
  }, 60_000)
})
