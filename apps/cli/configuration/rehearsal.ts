import {
  type Cluster,
  checkGroup,
  checkNode,
  groupIn,
  groupOfNode,
  type NodeConfiguration,
  nodeIn,
  peerOfAnotherVersion,
} from '../../../domain/cluster.ts'
import type { ClusterBody, GroupBody } from '../../../domain/contract/configuration.ts'
import type { GroupStatus } from '../../client/answers.ts'
import type { Difference } from './difference.ts'
import type { Objection, Plan, Step } from './plan.ts'
import type { Standing } from './standing.ts'

/** States in which high availability may be switched off [B5]. */
const RESTFUL = ['Normal', 'Unknown', 'RunningInFailedMode']
const DELAYS = ['CriticalServiceDelay', 'FallbackDelay']

const KEEPS_NODES = 'its nodes are not changed while high availability is on: apply with highAvailability: false first'

const nothingYet = () => ({ version: 0, nodes: {}, groups: {}, pending: [] })

/**
 * The steps of a plan, tried out on a copy of what is configured: each is taken as the API would take it once all before
 * it are done, or objected to.
 */
export class Rehearsal {
  readonly #standing: Standing
  #cluster: Cluster
  readonly #highAvailability: Map<string, boolean>
  readonly #steps: Step[] = []
  readonly #objections: Objection[] = []

  constructor(name: string, standing: Standing) {
    this.#standing = standing
    this.#cluster = structuredClone(standing.cluster) ?? ({ ...nothingYet(), cluster: name } as unknown as Cluster)
    this.#highAvailability = new Map(
      Object.values(standing.statuses).map(({ group, highAvailability }) => [group, highAvailability]),
    )
  }

  get plan(): Plan {
    return { steps: this.#steps, objections: this.#objections }
  }

  /** Whether nothing more can be said before what is objected to is mended. */
  get isHopeless(): boolean {
    return this.#objections.length > 0
  }

  get cluster(): Cluster {
    return this.#cluster
  }

  node = (name: string): NodeConfiguration | undefined => nodeIn(this.#cluster, name)
  group = (name: string): GroupBody | undefined => groupIn(this.#cluster, name)

  object(objections: Objection[]): void {
    this.#objections.push(...objections)
  }

  putCluster(body: ClusterBody, differences: Difference[]): void {
    const isNew = this.#standing.cluster === null
    if (isNew || differences.length > 0) {
      this.#steps.push({ do: 'put', what: 'cluster', name: this.#cluster.cluster, isNew, body, differences })
    }
    this.#cluster = { ...this.#cluster, ...body }
  }

  putNode(name: string, body: NodeConfiguration, differences: Difference[]): void {
    const isNew = nodeIn(this.#cluster, name) === undefined
    if (!isNew && differences.length === 0) return
    const objection = this.#objectionToNode(name, body)
    if (objection) this.object([objection])
    else this.#steps.push({ do: 'put', what: 'node', name, isNew, body, differences })
    this.#cluster.nodes[name] = body
  }

  #objectionToNode(name: string, body: NodeConfiguration): Objection | null {
    const path = ['nodes', name]
    const broken = checkNode(this.#cluster, name, body)
    if (broken) return { path, message: broken.detail, against: 'rule' }
    const group = groupOfNode(this.#cluster, name)
    const peer = peerOfAnotherVersion(this.#cluster, name, body.softwareVersion)
    if (peer === null || group === undefined || !this.#highAvailability.get(group)) return null
    const message =
      `${peer} has another version, and high availability of ${group} is on: apply with ` +
      'highAvailability: false first, upgrade both nodes, then switch it on again'
    return { path: [...path, 'softwareVersion'], message, against: 'state' }
  }

  /** Whether it can be done now. */
  putGroup(name: string, body: GroupBody, differences: Difference[], mayObject: boolean): boolean {
    const before = groupIn(this.#cluster, name)
    if (before && differences.length === 0) return true
    const objection = this.#objectionToGroup(name, before, body)
    if (objection) {
      if (mayObject) this.object([objection])
      return false
    }
    this.#steps.push({ do: 'put', what: 'group', name, isNew: before === undefined, body, differences })
    this.#cluster.groups[name] = body
    return true
  }

  #objectionToGroup(name: string, before: GroupBody | undefined, body: GroupBody): Objection | null {
    const path = ['groups', name]
    const broken = checkGroup(this.#cluster, name, body)
    if (broken) return { path, message: broken.detail, against: 'rule' }
    if (!before || before.nodes.join() === body.nodes.join()) return null
    const isOn = this.#highAvailability.get(name)
    const message = isOn ? KEEPS_NODES : this.#usersLeft(before.nodes.filter((node) => !body.nodes.includes(node)))
    return message === null ? null : { path, message, against: 'state' }
  }

  deleteGroup(name: string): void {
    const group = groupIn(this.#cluster, name)
    if (!group) return
    const isOn = this.#highAvailability.get(name)
    const message = isOn ? 'is not deleted while high availability is on' : this.#usersLeft(group.nodes)
    if (message !== null) this.object([{ path: ['groups', name], message, against: 'state' }])
    else this.#steps.push({ do: 'delete', what: 'group', name })
    delete this.#cluster.groups[name]
  }

  deleteNode(name: string): void {
    const group = groupOfNode(this.#cluster, name)
    const message = `has node ${name}, which is not among the nodes`
    if (group !== undefined) this.object([{ path: ['groups', group, 'nodes'], message, against: 'rule' }])
    else this.#steps.push({ do: 'delete', what: 'node', name })
    delete this.#cluster.nodes[name]
  }

  switchOff(name: string): void {
    if (!this.#highAvailability.get(name)) return
    const status = this.#standing.statuses[name]
    const states = status?.nodes.map(({ node, state }) => `${node} is ${state}`).join(', ')
    const message = `is switched off only while both nodes are Normal, Unknown or in failed mode: ${states}`
    if (status && !isRestful(status))
      this.object([{ path: ['groups', name, 'highAvailability'], message, against: 'state' }])
    else this.#steps.push({ do: 'switch', what: 'high availability', name, on: false, isReady: null })
    this.#highAvailability.set(name, false)
  }

  switchOn(name: string): void {
    const group = groupIn(this.#cluster, name)
    if (!group || this.#highAvailability.get(name)) return
    const readiness = this.#isChanged(name, group) ? undefined : this.#standing.readiness[name]
    const failed = (readiness?.checks ?? []).filter(({ ok, severity }) => !ok && severity === 'error')
    const found = failed.map(({ check, found: words }) => `${check}: ${words}`).join('; ')
    const path = ['groups', name, 'highAvailability']
    const notReady = `is not switched on, for the group is not ready. ${found}`
    if (group.nodes.length !== 2) this.object([{ path, message: 'needs a group of two nodes', against: 'rule' }])
    else if (found) this.object([{ path, message: notReady, against: 'state' }])
    else this.#steps.push({ do: 'switch', what: 'high availability', name, on: true, isReady: readiness ? true : null })
    this.#highAvailability.set(name, true)
  }

  /** A group that stays as it is says now whether it is ready; of one that is changed, its agents say it afterwards. */
  #isChanged(name: string, { nodes }: GroupBody): boolean {
    return this.#steps.some((step) => {
      if (step.do !== 'put') return false
      if (step.what === 'cluster') return step.differences.some(({ path }) => path === 'criticalServices')
      return step.what === 'group' ? step.name === name : nodes.includes(step.name)
    })
  }

  /** Why nodes cannot leave their group: users are at home there. */
  #usersLeft(nodes: string[]): string | null {
    const all = Object.values(this.#standing.statuses).flatMap((status) => status.nodes)
    const homes = all.filter(({ node, users }) => nodes.includes(node) && users > 0)
    if (homes.length === 0) return null
    return `${homes.map(({ node, users }) => `${users} users are at home on ${node}`).join(', ')}: move them first`
  }
}

function isRestful({ nodes, transition }: GroupStatus): boolean {
  const isRunning = transition !== null && !DELAYS.includes(transition.step)
  return !isRunning && nodes.every(({ state }) => RESTFUL.includes(state))
}
