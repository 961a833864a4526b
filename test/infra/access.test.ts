import { Permissions } from './permissions.ts'
import { routes, synthesized } from './synthesized.ts'

interface ManagedPolicy {
  Properties: {
    ManagedPolicyName: string
    PolicyDocument: { Statement: { Effect: string; Action: unknown; Resource: unknown }[] }
  }
}

const { stateful, stateless } = synthesized('trial')
const permissions = new Permissions(stateful, stateless)
const policies = stateless.findResources('AWS::IAM::ManagedPolicy') as Record<string, ManagedPolicy>

const policyNamed = (name: string) => {
  const found = Object.entries(policies).find(([, { Properties }]) => Properties.ManagedPolicyName === name)
  if (!found) throw new Error(`There is no policy ${name}.`)
  return { id: found[0], ...found[1].Properties }
}
const statementsOf = (name: string) => policyNamed(`understudy-trial-${name}`).PolicyDocument.Statement
const resourcesOf = (name: string) =>
  statementsOf(name)
    .flatMap(({ Resource }) => Resource)
    .map((resource) => permissions.rendered(resource))

const api = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:understudy-trial-api/$default/'

/** Whether IAM would let a call through: in a pattern "*" stands for anything, slashes included. */
const allows = (patterns: string[], call: string): boolean =>
  patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`).test(call)
  })

const callOf = ({ method, path }: { method: string; path: string }) =>
  `${api}${method}${path.replaceAll(/\{(\w+)\}/g, 'the-$1')}`

const policyOf = { operator: 'operator', viewer: 'viewer', agent: 'node-agent' }

describe.each(Object.entries(policyOf))('what a %s may attach', (caller, name) => {
  it('allows the routes that name it among their callers, and no other', () => {
    const patterns = resourcesOf(name)
    const allowed = routes.filter((route) => allows(patterns, callOf(route)))

    expect(allowed.length).toBeGreaterThan(0)
    expect(allowed).toEqual(routes.filter(({ callers }) => callers.includes(caller)))
  })

  it('allows nothing but calls of this API', () => {
    expect(statementsOf(name)).toEqual([expect.objectContaining({ Effect: 'Allow', Action: 'execute-api:Invoke' })])
    expect(resourcesOf(name).filter((resource) => !resource.startsWith(api))).toEqual([])
  })

  it('leaves open only what is named when it is called', () => {
    const paths = routes.map(({ method, path }) => `${api}${method}${path.replaceAll(/\{\w+\}/g, '*')}`)

    expect(resourcesOf(name).filter((resource) => !paths.includes(resource))).toEqual([])
  })

  it('is short enough for IAM, which takes 6,144 characters', () => {
    const shortest = { partition: 'aws', region: 'ap-southeast-1', account: '111122223333', api: 'abcdefghij' }
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow' }] })
    const resources = resourcesOf(name).map((resource) =>
      resource
        .replace('<AWS::Partition>', shortest.partition)
        .replace('<AWS::Region>', shortest.region)
        .replace('<AWS::AccountId>', shortest.account)
        .replace('understudy-trial-api', shortest.api),
    )

    expect(document.length + JSON.stringify(resources).length).toBeLessThan(6000)
  })
})

describe('the callers of the routes', () => {
  it('always have the operator among them', () => {
    expect(routes.filter(({ callers }) => !callers.includes('operator'))).toEqual([])
  })

  it('have the viewer among them for reading only', () => {
    const viewed = routes.filter(({ callers }) => callers.includes('viewer'))

    expect(new Set(viewed.map(({ method }) => method))).toEqual(new Set(['GET']))
  })

  it('have a node among them for its heartbeats, and for the logins and sessions of users of its cluster', () => {
    const called = routes.filter(({ callers }) => callers.includes('agent'))

    expect(called.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /clusters/{cluster}/nodes/{node}/heartbeats',
      'GET /clusters/{cluster}/users/{user}/login',
      'PUT /clusters/{cluster}/users/{user}/sessions/{device}',
      'DELETE /clusters/{cluster}/users/{user}/sessions/{device}',
      'GET /clusters/{cluster}/nodes/{node}/sessions',
      'GET /clusters/{cluster}/nodes/{node}/lost-sessions',
      'GET /clusters/{cluster}/users/{user}/subscriptions',
      'PUT /clusters/{cluster}/users/{user}/subscriptions/{presentity}',
      'DELETE /clusters/{cluster}/users/{user}/subscriptions/{presentity}',
    ])
  })
})

it.each([
  ['OperatorPolicyArn', 'operator'],
  ['ViewerPolicyArn', 'viewer'],
  ['NodeAgentPolicyArn', 'node-agent'],
])('the stack says the ARN to attach: %s', (output, name) => {
  stateless.hasOutput(output, { Value: { Ref: policyNamed(`understudy-trial-${name}`).id } })
})
