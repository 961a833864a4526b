import { fenceMarginSecondsOf } from '../../../../domain/parameters.ts'
import type { ServiceParameters } from '../../../../domain/settings.ts'
import { duration } from '../../../client/words/time.ts'

/** To the millisecond where it is short. */
const seconds = (number: number): string =>
  number < 60 ? `${Math.round(number * 1000) / 1000} s` : duration(number * 1000)
const leaseSeconds = (parameters: ServiceParameters) =>
  parameters.keepAliveTimeoutSeconds - fenceMarginSecondsOf(parameters)

/** What a change of the parameters means, where it is not said by the names [B6]. */
export function parameterConsequences(from: ServiceParameters, to: ServiceParameters): string[] {
  const told: string[] = ['Running nodes learn it with the answer to their next heartbeat, without a restart.']
  const [timeoutBefore, timeout] = [from.keepAliveTimeoutSeconds, to.keepAliveTimeoutSeconds]
  if (timeout < timeoutBefore) {
    told.push(
      `The shorter keep-alive timeout counts once the leases given under the longer one have lapsed, ${seconds(timeoutBefore)} after the change.`,
    )
  }
  if (timeout > timeoutBefore) {
    told.push(
      `The longer keep-alive timeout counts at once: a node that falls silent is failed over after ${seconds(timeout)}, no longer after ${seconds(timeoutBefore)}.`,
    )
  }
  const [leaseBefore, lease] = [leaseSeconds(from), leaseSeconds(to)]
  if (Math.abs(lease - leaseBefore) >= 0.001) {
    told.push(
      `While the control plane is out of reach, doors stay open under their leases for up to ${seconds(lease)}; it was ${seconds(leaseBefore)}.`,
    )
  }
  const times = from.keepAliveIntervalSeconds / to.keepAliveIntervalSeconds
  if (times >= 1.05 || times <= 0.95) {
    const factor = times > 1 ? times : 1 / times
    const many = factor.toLocaleString('en', { maximumFractionDigits: 1 })
    told.push(
      `Each node sends ${many} times as ${times > 1 ? 'many' : 'few'} heartbeats, each a request that is paid for.`,
    )
  }
  if (to.criticalServiceDelaySeconds < from.criticalServiceDelaySeconds) {
    told.push(
      `A service that has been down for ${seconds(to.criticalServiceDelaySeconds)} already leads to a failover at once.`,
    )
  }
  const isFallbackSooner =
    to.automaticFallbackEnabled &&
    (!from.automaticFallbackEnabled || to.automaticFallbackDelaySeconds < from.automaticFallbackDelaySeconds)
  if (isFallbackSooner) {
    told.push(
      `Users of a group that is in backup mode now go home, and are disconnected once, as soon as their node has been healthy for ${seconds(to.automaticFallbackDelaySeconds)}; that may be at once.`,
    )
  }
  if (from.automaticFallbackEnabled && !to.automaticFallbackEnabled) {
    told.push('After a failover users stay on the backup node until somebody asks for a fallback.')
  }
  if (from.servicePort !== to.servicePort) {
    told.push(
      `The agents of a group talk to each other at port ${to.servicePort} from then on: firewalls between the nodes must let it through.`,
    )
  }
  if (from.adminRpcPort !== to.adminRpcPort) {
    told.push(
      `Agents answer local administration at port ${to.adminRpcPort} from then on, unless their own configuration names another.`,
    )
  }
  return told
}

/** A new list of critical services: what is watched no more, and what is from now on. */
export function serviceConsequences(from: readonly string[], to: readonly string[]): string[] {
  const added = to.filter((name) => !from.includes(name))
  const gone = from.filter((name) => !to.includes(name))
  const told: string[] = []
  if (gone.length > 0) told.push(`The failure of ${gone.join(', ')} leads to no failover any more.`)
  if (added.length > 0) {
    told.push(
      `${added.join(', ')}: a node whose agent does not report it as running is not healthy, and no users are brought to such a node. Set it up in the agents of all nodes first.`,
    )
  }
  if (added.length === 0 && gone.length === 0) told.push('Only the order in which they are shown changes.')
  return told
}

interface NodeValues {
  hostName?: unknown
  principal?: unknown
  databasePublisher?: unknown
  softwareVersion?: unknown
}

/** What a change of a node that is there means. */
export function nodeConsequences(node: string, from: NodeValues, to: NodeValues): string[] {
  const told: string[] = []
  if (from.principal !== to.principal) {
    told.push(
      `An agent that signs with the old identity is refused from then on. Its doors close when its lease ends, and its peer takes over where high availability is on: change the agent of ${node} at the same time.`,
    )
  }
  if (from.hostName !== to.hostName) told.push('Clients that ask where to log in are sent to the new host name.')
  if (from.softwareVersion !== to.softwareVersion) {
    told.push(
      'This says which version is meant to be there; it upgrades nothing. An agent that reports another is shown as drift.',
    )
  }
  return told
}

/** Other nodes of a group: the membership begins anew (rule 11). */
export function groupConsequences(from: readonly string[], to: readonly string[]): string[] {
  if (from.length === 0 || from.join('\n') === to.join('\n')) return []
  const gone = from.filter((node) => !to.includes(node))
  return [
    'The membership of the group begins anew: its nodes close their doors, and open them when they have taken the new one up. Users are disconnected for a moment.',
    ...(gone.length > 0
      ? [
          `${gone.join(' and ')} ${gone.length === 1 ? 'serves' : 'serve'} nobody, until put in a group again. It is refused while there are users on ${gone.length === 1 ? 'it' : 'them'}.`,
        ]
      : []),
  ]
}
