import { differencesFor, differencesOf } from '../../domain/configuration-change.ts'
import { aCluster } from './situation.ts'

describe('a change of configuration', () => {
  it('is told value by value', () => {
    const before = aCluster()
    const after = structuredClone(before)
    after.serviceParameters.keepAliveTimeoutSeconds = 30
    after.criticalServices = ['XCP Router']
    const { alpha } = after.nodes
    if (alpha) alpha.hostName = 'other.example'

    expect(differencesOf(before, after).filter(({ path }) => path !== 'criticalServices')).toEqual([
      { path: 'serviceParameters.keepAliveTimeoutSeconds', from: '60', to: '30' },
      { path: 'nodes.alpha.hostName', from: '"alpha.example"', to: '"other.example"' },
    ])
    expect(differencesOf(before, before)).toEqual([])
  })

  it('says what came and what is gone, whatever it is called', () => {
    const before = aCluster()
    const after = structuredClone(before)
    after.groups = { toString: { description: '', nodes: ['alpha'] } }

    expect(differencesOf(before, after).map(({ path, from, to }) => [path, from === null, to === null])).toEqual([
      ['groups.pair', false, true],
      ['groups.toString', true, false],
    ])
  })

  it('is told to the groups that it concerns', () => {
    const at = (path: string) => ({ path, from: null, to: '1' })
    const all = [
      'serviceParameters.adminRpcPort',
      'nodes.alpha.hostName',
      'nodes.alphabet',
      'groups.pair',
      'groups.other',
    ]
    const mine = differencesFor(all.map(at), 'pair', ['alpha', 'beta'])
    expect(mine.map(({ path }) => path)).toEqual([
      'serviceParameters.adminRpcPort',
      'nodes.alpha.hostName',
      'groups.pair',
    ])
  })
})
