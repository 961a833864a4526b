import type { ClusterAnswer, NodeAnswer } from '../../../apps/client/configuration-api.ts'
import {
  groupConsequences,
  nodeConsequences,
  parameterConsequences,
  serviceConsequences,
} from '../../../apps/console/pages/configuration/consequences.ts'
import { bodyOf, draftOf } from '../../../apps/console/pages/configuration/fields.ts'
import {
  boundsText,
  clusterBodyOf,
  defaultText,
  groupFields,
  NEW_NODE,
  newGroupSchema,
  newNodeSchema,
  nodeFields,
  nodeOptions,
  parameterFields,
  typedParameters,
} from '../../../apps/console/pages/configuration/forms.ts'
import { placeFrom, placeOf } from '../../../apps/console/pages/configuration/places.ts'
import { complaints } from '../../../apps/console/parts/form.ts'
import { clusterSchema } from '../../../domain/contract/configuration.ts'
import { boundsBeside, type NumberName, PARAMETER_BOUNDS } from '../../../domain/parameters.ts'
import { breachesOf, DEFAULT_SERVICE_PARAMETERS as DEFAULTS } from '../../../domain/settings.ts'

const CLUSTER: ClusterAnswer = {
  ...clusterSchema.parse({ databasePublisher: 'pub' }),
  cluster: 'c',
  version: 3,
  nodes: ['a', 'b'],
  groups: ['pair'],
}
const node = (name: string, group: string | null): NodeAnswer => ({
  cluster: 'c',
  node: name,
  group,
  users: 0,
  recommendedReLogin: null,
  hostName: `${name}.example.org`,
  softwareVersion: '15',
  databasePublisher: 'pub',
  principal: `arn:aws:iam::000000000000:user/${name}`,
  clientReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 537 },
})

describe('the form of the parameters', () => {
  const fields = parameterFields(DEFAULTS)
  const opened = draftOf(fields, CLUSTER)
  const wrongWith = (typed: Record<string, string>) =>
    Object.keys(complaints(clusterSchema, bodyOf(fields, { ...opened, ...typed }, clusterBodyOf(CLUSTER))))

  it('is well as the API answered it, and knows every parameter', () => {
    expect(wrongWith({})).toEqual([])
    expect(bodyOf(fields, opened, clusterBodyOf(CLUSTER))).toEqual(clusterBodyOf(CLUSTER))
    const known = Object.keys(clusterSchema.parse({ databasePublisher: 'p' }).serviceParameters)
    expect(known.filter((name) => opened[`serviceParameters.${name}`] === undefined)).toEqual([])
  })

  it('complains at the field by the rules between parameters', () => {
    expect(wrongWith({ 'serviceParameters.keepAliveIntervalSeconds': '30' })).toEqual([
      'serviceParameters.keepAliveIntervalSeconds',
    ])
    expect(wrongWith({ 'serviceParameters.adminRpcPort': '22001' })).toEqual(['serviceParameters.adminRpcPort'])
  })

  it('follows with its bounds what is typed into the others', () => {
    const typed = typedParameters(DEFAULTS, { ...opened, 'serviceParameters.keepAliveTimeoutSeconds': '120' })
    expect(boundsText('initializationKeepAliveTimeoutSeconds', typed)).toBe('120–3600 s')
    expect(boundsText('keepAliveIntervalSeconds', typed)).toBe('0.1–30 s')
    expect(defaultText('fenceMarginSeconds', typed)).toBe('10 s')
    const unfinished = { ...opened, 'serviceParameters.keepAliveTimeoutSeconds': '' }
    expect(typedParameters(DEFAULTS, unfinished).keepAliveTimeoutSeconds).toBe(60)
  })
})

it('a bound is where the rules between parameters begin to complain', () => {
  const wrong = (name: NumberName, value: number) =>
    breachesOf({ ...DEFAULTS, [name]: value }).some(({ path }) => path === name)
  for (const name of Object.keys(PARAMETER_BOUNDS) as NumberName[]) {
    const { least, most } = boundsBeside(name, DEFAULTS)
    const alone = PARAMETER_BOUNDS[name]
    // The fence margin has no bound above but the interval's, which is told there.
    expect([name, wrong(name, least), wrong(name, most)]).toEqual([name, false, false])
    if (least > alone.least) expect([name, wrong(name, least - 0.001)]).toEqual([name, true])
    if (most < alone.most) expect([name, wrong(name, most + 0.001)]).toEqual([name, true])
  }
})

describe('the forms of what is new', () => {
  it('want a name that nothing has, and what the contract wants', () => {
    const fields = nodeFields(CLUSTER, true)
    const body = bodyOf(fields, draftOf(fields, NEW_NODE), NEW_NODE)
    expect(complaints(newNodeSchema(['a']), { ...body, name: 'a' })).toMatchObject({
      name: 'There is a node of that name already.',
      hostName: 'must not be empty',
      softwareVersion: 'must not be empty',
    })
    expect(complaints(newNodeSchema(['a']), { ...node('b', null), name: 'b' }).name).toBeUndefined()
    expect(complaints(newGroupSchema([]), { name: 'a b', nodes: [] })).toMatchObject({
      name: expect.stringContaining('letters'),
      nodes: 'must name one or two nodes',
    })
  })

  it('offer a group the nodes that are free, and its own', () => {
    const nodes = [node('a', 'pair'), node('b', 'other'), node('x', null)]
    expect(nodeOptions(nodes, null).map(({ value }) => value)).toEqual(['x'])
    expect(nodeOptions(nodes, 'pair').map(({ value }) => value)).toEqual(['a', 'x'])
    expect(groupFields(nodes, null).map(({ path }) => path)).toEqual(['name', 'description', 'nodes'])
  })
})

describe('what a change means', () => {
  const told = (change: object) => parameterConsequences(DEFAULTS, { ...DEFAULTS, ...change }).join(' ')

  it('a shorter timeout counts once the leases under the longer one have lapsed', () => {
    expect(told({ keepAliveTimeoutSeconds: 30 })).toContain('have lapsed, 1 min after the change')
    expect(told({ keepAliveTimeoutSeconds: 90 })).toContain('counts at once')
    expect(told({ keepAliveTimeoutSeconds: 90 })).not.toContain('lapsed')
  })

  it('leases and the number of heartbeats follow', () => {
    expect(told({ fenceMarginSeconds: 10 })).toContain('for up to 50 s; it was 55 s')
    expect(told({ keepAliveIntervalSeconds: 5 })).toContain('3 times as many heartbeats')
  })

  it('who may be disconnected by it is told', () => {
    expect(told({ automaticFallbackEnabled: true })).toContain('that may be at once')
    expect(told({ automaticFallbackDelaySeconds: 5 })).not.toContain('that may be at once')
    expect(groupConsequences(['a', 'b'], ['a'])).toHaveLength(2)
    expect(groupConsequences(['a', 'b'], ['a', 'b'])).toEqual([])
  })

  it('services, and a principal, must be there on the nodes', () => {
    expect(serviceConsequences(['x', 'y'], ['y', 'z']).join(' ')).toMatch(/failure of x .* z: a node/)
    expect(serviceConsequences(['x', 'y'], ['y', 'x'])).toEqual(['Only the order in which they are shown changes.'])
    expect(nodeConsequences('a', node('a', null), { ...node('a', null), principal: 'arn:other' })).toHaveLength(1)
  })
})

it('a place on the page has an address that leads back to it', () => {
  for (const place of [
    { part: 'nodes', change: 'a.b' },
    { part: 'groups', isNew: true },
    { part: 'services' },
  ] as const) {
    const address = placeOf('c', place)
    expect(placeFrom(address.slice(address.indexOf('?')))).toEqual(place)
  }
  expect(placeFrom('?part=nonsense')).toEqual({ part: 'parameters' })
})
