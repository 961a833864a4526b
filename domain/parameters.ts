import type { ServiceParameters } from './settings.ts'
import {
  DEFAULT_SERVICE_PARAMETERS,
  defaultFenceMarginSeconds,
  leastFenceMarginMs,
  longestIntervalSeconds,
  settingsOf,
} from './settings.ts'

export type ServiceParameterName = keyof ServiceParameters
export type ParameterName = ServiceParameterName | 'userAssignmentMode'

interface Bounds {
  least: number
  most: number
}
const PORTS: Bounds = { least: 1024, most: 65535 }
const UP_TO_AN_HOUR: Bounds = { least: 1, most: 3600 }

/** Of each number by itself (behaviour reference, section 2). What they must be together: `breachesOf`. */
export const PARAMETER_BOUNDS = {
  servicePort: PORTS,
  adminRpcPort: PORTS,
  criticalServiceDelaySeconds: UP_TO_AN_HOUR,
  automaticFallbackDelaySeconds: { least: 1, most: 86400 },
  initializationKeepAliveTimeoutSeconds: UP_TO_AN_HOUR,
  keepAliveTimeoutSeconds: UP_TO_AN_HOUR,
  keepAliveIntervalSeconds: { least: 0.1, most: 3600 },
  fenceMarginSeconds: { least: 0.2, most: 3600 },
} as const satisfies Partial<Record<ServiceParameterName, Bounds>>
export type NumberName = keyof typeof PARAMETER_BOUNDS

export const USER_ASSIGNMENT_MODES = ['balanced', 'active-standby', 'none'] as const

interface Parameter {
  label: string
  meaning: string
}

/** What each is called and means, in the order in which they are shown. */
export const PARAMETERS: Readonly<Record<ParameterName, Parameter>> = {
  servicePort: { label: 'Service port', meaning: 'where the two agents of a group talk to each other' },
  adminRpcPort: { label: 'Administration port', meaning: 'where an agent answers the administration of its host' },
  criticalServiceDelaySeconds: {
    label: 'Critical service delay',
    meaning: 'how long a critical service may be down before a failover begins',
  },
  automaticFallbackEnabled: {
    label: 'Automatic fallback',
    meaning: 'whether users go home by themselves after a failover',
  },
  automaticFallbackDelaySeconds: {
    label: 'Automatic fallback delay',
    meaning: 'how long the primary must have been healthy, without a break, before users go home by themselves',
  },
  initializationKeepAliveTimeoutSeconds: {
    label: 'Initialization keep-alive timeout',
    meaning: 'silence after which a peer counts as down while a node is starting up',
  },
  keepAliveTimeoutSeconds: { label: 'Keep-alive timeout', meaning: 'silence after which a peer counts as down' },
  keepAliveIntervalSeconds: { label: 'Keep-alive interval', meaning: 'time between two heartbeats of a node' },
  fenceMarginSeconds: {
    label: 'Fence margin',
    meaning: 'what a lease is shorter than the keep-alive timeout; left out: a twelfth of the timeout, at least 0.2 s',
  },
  userAssignmentMode: {
    label: 'User assignment mode',
    meaning:
      'where a new user is put: balanced, the node with the fewest; active-standby, the first node of a group; none, where the caller says',
  },
}
export const PARAMETER_NAMES = Object.keys(PARAMETERS) as ParameterName[]

export const DEFAULT_USER_ASSIGNMENT_MODE = 'balanced'

/** What holds where nothing is set; no entry: it follows from the others. */
export const PARAMETER_DEFAULTS: Readonly<Partial<Record<ParameterName, number | boolean | string | undefined>>> = {
  ...DEFAULT_SERVICE_PARAMETERS,
  userAssignmentMode: DEFAULT_USER_ASSIGNMENT_MODE,
}

/** Between what a number may be while the others are as they are. Nothing fits where `most` is less than `least`. */
export function boundsBeside(name: NumberName, parameters: ServiceParameters): Bounds {
  const { least, most }: Bounds = PARAMETER_BOUNDS[name]
  const settings = settingsOf(parameters)
  if (name === 'initializationKeepAliveTimeoutSeconds') return { least: parameters.keepAliveTimeoutSeconds, most }
  if (name === 'keepAliveIntervalSeconds') return { least, most: longestIntervalSeconds(settings) }
  if (name === 'fenceMarginSeconds') {
    return { least: Math.max(least, leastFenceMarginMs(settings.keepAliveTimeoutMs) / 1000), most }
  }
  return { least, most }
}

/** The margin in force, whether it is set or not. */
export const fenceMarginSecondsOf = (parameters: ServiceParameters): number =>
  parameters.fenceMarginSeconds ?? defaultFenceMarginSeconds(parameters.keepAliveTimeoutSeconds)
