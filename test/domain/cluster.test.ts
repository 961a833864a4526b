import type { Cluster } from '../../domain/cluster.ts'
import {
  checkGroup,
  checkNode,
  groupOfNode,
  MOST_NODES,
  nextEpoch,
  nodeIn,
  peerOfAnotherVersion,
  project,
} from '../../domain/cluster.ts'
import type { Group, NodeRecord } from '../../domain/model.ts'
import { aCluster, aGroup, HOUR, NOW, nodeOf, SECOND, serviceDown, situation, TIMEOUT } from './situation.ts'

const hash = (principal: string) => `#${principal.split('/').at(-1)}`
const bringOver = (cluster: Cluster, existing: Group | null, nowMs = NOW) =>
  project(cluster, 'pair', existing, nowMs, hash)
const changed = (change: Partial<Cluster>): Cluster => ({ ...aCluster(), version: 2, ...change })
const node = (name: string) => aCluster().nodes[name] as Cluster['nodes'][string]

describe('the rules of a group', () => {
  const cluster = changed({
    nodes: {
      ...aCluster().nodes,
      gamma: { ...node('alpha'), databasePublisher: 'another' },
      delta: { ...node('alpha'), softwareVersion: '15.0' },
      epsilon: node('alpha'),
    },
  })
  const codeOf = (nodes: string[], name = 'other') =>
    checkGroup(cluster, name, { description: '', nodes })?.code ?? null

  it.each([
    ['takes a node that is in no other group', ['epsilon'], null],
    ['takes no node that the cluster does not have', ['epsilon', 'omega'], 'NodeUnknown'],
    ['takes no node by a name that only JavaScript knows', ['toString'], 'NodeUnknown'],
    ['takes no node that is in another group [B1]', ['epsilon', 'alpha'], 'NodeInAnotherGroup'],
    ['takes no two of different publishers [B2]', ['gamma', 'epsilon'], 'PublishersDiffer'],
    ['takes no two of different versions [B2]', ['delta', 'epsilon'], 'VersionsDiffer'],
  ])('%s', (_, nodes, code) => {
    expect(codeOf(nodes)).toBe(code)
  })

  it('do not stand in the way of a group that stays as it is', () => {
    expect(codeOf(['alpha', 'beta'], 'pair')).toBeNull()
  })

  it('hold for a node that is changed while it is in a group', () => {
    const another = { ...node('alpha'), databasePublisher: 'another' }
    expect(checkNode(aCluster(), 'alpha', another)?.code).toBe('PublishersDiffer')
    expect(checkNode(cluster, 'epsilon', { ...node('alpha'), softwareVersion: '15.0' })).toBeNull()
  })

  it('let the versions of a pair differ while it is upgraded, and know whose version a node would not share', () => {
    const upgraded = { ...node('alpha'), softwareVersion: '15.0' }

    expect(checkNode(aCluster(), 'alpha', upgraded)).toBeNull()
    expect(peerOfAnotherVersion(aCluster(), 'alpha', '15.0')).toBe('beta')
    expect(peerOfAnotherVersion(aCluster(), 'alpha', node('alpha').softwareVersion)).toBeNull()
    expect(peerOfAnotherVersion(cluster, 'epsilon', '15.0')).toBeNull()
    const pair = changed({ nodes: { ...aCluster().nodes, alpha: upgraded } })
    expect(checkGroup(pair, 'pair', { description: 'changed', nodes: ['alpha', 'beta'] })).toBeNull()
    expect(checkGroup(pair, 'another', { description: '', nodes: ['alpha', 'beta'] })?.code).toBe('NodeInAnotherGroup')
  })

  it('leave room for so many nodes and no more', () => {
    const many = Object.fromEntries(Array.from({ length: MOST_NODES }, (_, index) => [`n${index}`, node('alpha')]))

    expect(checkNode(changed({ nodes: many }), 'one-more', node('alpha'))?.code).toBe('TooManyNodes')
    expect(checkNode(changed({ nodes: many }), 'n0', node('alpha'))).toBeNull()
  })

  it('find a node and its group by their own names only', () => {
    expect([groupOfNode(cluster, 'alpha'), groupOfNode(cluster, 'epsilon')]).toEqual(['pair', undefined])
    expect(nodeIn(cluster, 'constructor')).toBeUndefined()
  })
})

describe('a group that is new', () => {
  it('is Unknown, without high availability, with each set at home and nobody’s word for anything', () => {
    const group = bringOver(aCluster(), null)

    expect(group).toMatchObject({ version: 0, highAvailability: false, transition: null, epoch: NOW })
    expect(group.nodes).toMatchObject([
      { name: 'alpha', state: 'Unknown', principal: '#agent', acknowledgedEpoch: 0, set: { owner: 0, moving: null } },
      { name: 'beta', state: 'Unknown', principal: '#agent', acknowledgedEpoch: 0, set: { owner: 1, moving: null } },
    ])
    expect(group.nodes.map(({ services }) => services.length)).toEqual([6, 6])
  })
})

describe('a configuration that is brought over to a group', () => {
  it('leaves what the group has lived through', () => {
    const before = aGroup()
    const after = bringOver(changed({}), before)

    expect({ ...after, configurationVersion: before.configurationVersion, nodes: [] }).toEqual({ ...before, nodes: [] })
    expect(after.nodes.map(({ principal: _, ...rest }) => rest)).toEqual(
      before.nodes.map(({ principal: _, ...rest }) => rest),
    )
  })

  it('keeps what is known of each service, in the new order; a new one is unknown, and the database stays last', () => {
    const down = situation(0, [aGroup().nodes[0] as NodeRecord, aGroup().nodes[1] as NodeRecord], [])
    serviceDown('x', SECOND)(down)
    const first = down.group.services[0] ?? ''
    const after = bringOver(changed({ criticalServices: ['New', first] }), down.group)

    expect(after.services).toEqual(['New', first])
    expect(after.nodes[0]?.services).toEqual([
      { state: 'unknown', sinceMs: NOW },
      { state: 'failed', sinceMs: NOW - SECOND },
      nodeOf(down, 'x').services.at(-1),
    ])
  })

  it('begins a new epoch, and everything anew, when its nodes change (rule 11)', () => {
    const before = aGroup()
    const other = changed({
      nodes: { ...aCluster().nodes, gamma: node('alpha') },
      groups: { pair: { description: '', nodes: ['alpha', 'gamma'] } },
    })
    const after = bringOver(other, before)

    expect(after.epoch).toBeGreaterThan(before.epoch)
    expect(after.highAvailability).toBe(false)
    expect(after.nodes.map(({ name, state, acknowledgedEpoch }) => ({ name, state, acknowledgedEpoch }))).toEqual([
      { name: 'alpha', state: 'Unknown', acknowledgedEpoch: 0 },
      { name: 'gamma', state: 'Unknown', acknowledgedEpoch: 0 },
    ])
  })

  it('begins a new epoch when the nodes change places: a set is called by its place', () => {
    const swapped = changed({ groups: { pair: { description: '', nodes: ['beta', 'alpha'] } } })

    expect(bringOver(swapped, aGroup()).epoch).toBeGreaterThan(aGroup().epoch)
  })

  it('never uses an epoch again, although the clock be behind', () => {
    expect([nextEpoch(7, NOW), nextEpoch(NOW, NOW - HOUR)]).toEqual([NOW, NOW + 1])
  })
})

describe('a keep-alive timeout that is changed [B6] (rule 5)', () => {
  const timeout = (keepAliveTimeoutSeconds: number) =>
    changed({ serviceParameters: { ...aCluster().serviceParameters, keepAliveTimeoutSeconds } })

  it('leaves the longer one in force while leases given under it may hold', () => {
    const after = bringOver(timeout(10), aGroup())

    expect(after.settings.keepAliveTimeoutMs).toBe(10 * SECOND)
    expect(after.earlierTimeout).toEqual({ timeoutMs: TIMEOUT, untilMs: NOW + TIMEOUT })
  })

  it('leaves the longest one in force, when it is changed twice', () => {
    const once = bringOver(timeout(10), aGroup())
    const twice = bringOver(timeout(5), once, NOW + 20 * SECOND)

    expect(twice.earlierTimeout).toEqual({ timeoutMs: TIMEOUT, untilMs: NOW + 20 * SECOND + TIMEOUT })
  })

  it('leaves nothing behind when it becomes longer', () => {
    expect(bringOver(timeout(120), aGroup()).earlierTimeout).toBeNull()
  })

  it('still leaves the longest one, when a shorter one is made a little longer meanwhile', () => {
    const once = bringOver(timeout(10), aGroup())
    const twice = bringOver(timeout(20), once, NOW + 20 * SECOND)

    expect(twice.earlierTimeout?.timeoutMs).toBe(TIMEOUT)
  })
})
