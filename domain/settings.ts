/** The cluster-wide service parameters (behaviour reference, section 2), in the units that the API speaks. */
export interface ServiceParameters {
  servicePort: number
  adminRpcPort: number
  criticalServiceDelaySeconds: number
  automaticFallbackEnabled: boolean
  automaticFallbackDelaySeconds: number
  initializationKeepAliveTimeoutSeconds: number
  keepAliveTimeoutSeconds: number
  keepAliveIntervalSeconds: number
  /** What a lease is shorter than the keep-alive timeout. Left out: a twelfth of the timeout, at least 0.2 s. */
  fenceMarginSeconds?: number | undefined
}

export const DEFAULT_SERVICE_PARAMETERS: ServiceParameters = {
  servicePort: 22001,
  adminRpcPort: 20075,
  criticalServiceDelaySeconds: 90,
  automaticFallbackEnabled: false,
  automaticFallbackDelaySeconds: 1800,
  initializationKeepAliveTimeoutSeconds: 120,
  keepAliveTimeoutSeconds: 60,
  keepAliveIntervalSeconds: 15,
}

export const DEFAULT_CRITICAL_SERVICES = [
  'Client Profile Agent',
  'Sync Agent',
  'XCP Router',
  'SIP Proxy',
  'Presence Engine',
]

/** What every decision of a group goes by: the parameters in milliseconds, and what follows from them. */
export interface Settings {
  servicePort: number
  adminRpcPort: number
  criticalServiceDelayMs: number
  automaticFallbackEnabled: boolean
  automaticFallbackDelayMs: number
  initializationTimeoutMs: number
  /** T of the safety protocol. */
  keepAliveTimeoutMs: number
  keepAliveIntervalMs: number
  fenceMarginMs: number
}

const ms = (seconds: number): number => Math.round(seconds * 1000)

/** The margin that applies when none is set: T / 12, at least 0.2 s (behaviour reference, section 2). */
export const defaultFenceMarginSeconds = (keepAliveTimeoutSeconds: number): number =>
  Math.max(0.2, keepAliveTimeoutSeconds / 12)

export function settingsOf(parameters: ServiceParameters): Settings {
  return {
    servicePort: parameters.servicePort,
    adminRpcPort: parameters.adminRpcPort,
    criticalServiceDelayMs: ms(parameters.criticalServiceDelaySeconds),
    automaticFallbackEnabled: parameters.automaticFallbackEnabled,
    automaticFallbackDelayMs: ms(parameters.automaticFallbackDelaySeconds),
    initializationTimeoutMs: ms(parameters.initializationKeepAliveTimeoutSeconds),
    keepAliveTimeoutMs: ms(parameters.keepAliveTimeoutSeconds),
    keepAliveIntervalMs: ms(parameters.keepAliveIntervalSeconds),
    fenceMarginMs: ms(parameters.fenceMarginSeconds ?? defaultFenceMarginSeconds(parameters.keepAliveTimeoutSeconds)),
  }
}

/** L of the safety protocol: how long a door may stay open after the request that the grant answered. */
export const leaseMs = (settings: Pick<Settings, 'keepAliveTimeoutMs' | 'fenceMarginMs'>): number =>
  settings.keepAliveTimeoutMs - settings.fenceMarginMs

/** What the promise of a peer is longer than the deadline that it gives: the closing of a door, drift, and some room. */
const LEAST_PROMISE_MARGIN_MS = 200

/** How the two agents of a pair stand in for the control plane (protocol.md rules 16–18, and Numbers). */
export interface PeerTimes {
  /** F: how long after the sending of a ping its door may stay open on the peer's promise. */
  failsafeMs: number
  /** P: how long after a ping the peer promises not to open that door. */
  promiseMs: number
  /** Between two pings. */
  pingIntervalMs: number
}

/** At T = 60 s: F = 20 s, P = 22 s, a ping every 5 s; they scale with T. */
export function peerTimesOf(keepAliveTimeoutMs: number): PeerTimes {
  const failsafeMs = Math.round(keepAliveTimeoutMs / 3)
  const marginMs = Math.max(LEAST_PROMISE_MARGIN_MS, keepAliveTimeoutMs / 30)
  return {
    failsafeMs,
    promiseMs: Math.round(failsafeMs + marginMs),
    pingIntervalMs: Math.round(keepAliveTimeoutMs / 12),
  }
}

/** The least time that an agent gives a request, as a part of the interval: 10 s at the default of 15 s. */
const LEAST_REQUEST_PART = 2 / 3
/** The most: below the interval, so that requests do not pile up. */
const MOST_REQUEST_PART = 0.9

/** What a lease must have room for beside three intervals (behaviour reference, section 2). */
export const leastRequestTimeLimitMs = (keepAliveIntervalMs: number): number =>
  Math.round(keepAliveIntervalMs * LEAST_REQUEST_PART)

/**
 * How long an agent waits for the answer to one heartbeat: what the lease leaves beside three intervals, and less than
 * an interval. Without a lease the interval alone counts.
 */
export function requestTimeLimitMs(keepAliveIntervalMs: number, leaseMs: number | null): number {
  const most = keepAliveIntervalMs * MOST_REQUEST_PART
  if (leaseMs === null) return Math.round(most)
  const left = leaseMs - 3 * keepAliveIntervalMs
  return Math.round(Math.max(keepAliveIntervalMs * LEAST_REQUEST_PART, Math.min(most, left)))
}

/** What may pass in an agent, beside waiting, between taking an answer and sending the next heartbeat: a part of the interval. */
const SLACK_PART = 0.1

/**
 * How old the newest answered request of a node may be for its heartbeat to be *ok* (rule 9): an interval, and the time
 * that an answer may take. The rule says a lease, which is the most; but then a node that speaks and does not hear would
 * be judged a lease later than the protocol's table of failures has it.
 */
export function okAgeMs(
  settings: Pick<Settings, 'keepAliveIntervalMs' | 'keepAliveTimeoutMs' | 'fenceMarginMs'>,
): number {
  const { keepAliveIntervalMs } = settings
  const lease = leaseMs(settings)
  const age = keepAliveIntervalMs * (1 + SLACK_PART) + requestTimeLimitMs(keepAliveIntervalMs, lease)
  return Math.min(lease, Math.round(age))
}

/**
 * The longest gap between ok heartbeats that does not break the watch of who judges (rule 9): one answer may be lost. The
 * rule says less than T; but then an outage of the control plane that is a little shorter than T would fail over the
 * node that is heard a little later than its peer.
 */
export function watchGapMs(
  settings: Pick<Settings, 'keepAliveIntervalMs' | 'keepAliveTimeoutMs' | 'fenceMarginMs'>,
): number {
  const { keepAliveIntervalMs, keepAliveTimeoutMs } = settings
  const gap = 2 * keepAliveIntervalMs + requestTimeLimitMs(keepAliveIntervalMs, leaseMs(settings))
  return Math.min(keepAliveTimeoutMs, gap)
}

/** The error of a Lambda's clock that the numbers below allow for, and the time a gate may take to close. */
const CLOCK_ERROR_MS = 50
const CLOSING_TIME_MS = 50
const CLOCK_DRIFT = 0.001

/**
 * The least fence margin that is safe for a keep-alive timeout: 2σ + εT + c (protocol.md, Numbers), with σ = 50 ms,
 * ε = 0.1 % and c = 50 ms.
 */
export const leastFenceMarginMs = (keepAliveTimeoutMs: number): number =>
  2 * CLOCK_ERROR_MS + CLOCK_DRIFT * keepAliveTimeoutMs + CLOSING_TIME_MS

/** The longest interval of which a lease holds three, and a request's time limit. */
export const longestIntervalSeconds = (settings: Pick<Settings, 'keepAliveTimeoutMs' | 'fenceMarginMs'>): number =>
  Math.floor((leaseMs(settings) * 3) / 11) / 1000

export interface RuleBreach {
  path: string
  message: string
}

/** The rules between parameters ([B6]: they are checked as a whole). Bounds of single ones stand in the contract. */
export function breachesOf(parameters: ServiceParameters): RuleBreach[] {
  const settings = settingsOf(parameters)
  const breaches: RuleBreach[] = []
  const say = (path: string, message: string) => breaches.push({ path, message })
  if (parameters.servicePort === parameters.adminRpcPort) {
    say('adminRpcPort', `must differ from servicePort, which is ${parameters.servicePort} too`)
  }
  if (parameters.initializationKeepAliveTimeoutSeconds < parameters.keepAliveTimeoutSeconds) {
    say(
      'initializationKeepAliveTimeoutSeconds',
      `must be between keepAliveTimeoutSeconds (${parameters.keepAliveTimeoutSeconds}) and 3600`,
    )
  }
  const least = leastFenceMarginMs(settings.keepAliveTimeoutMs)
  if (settings.fenceMarginMs < least) {
    say('fenceMarginSeconds', `must be at least ${(least / 1000).toFixed(3)} for this keepAliveTimeoutSeconds`)
  }
  if (settings.keepAliveIntervalMs < 100) say('keepAliveIntervalSeconds', 'must be at least 0.1')
  const needed = 3 * settings.keepAliveIntervalMs + leastRequestTimeLimitMs(settings.keepAliveIntervalMs)
  if (leaseMs(settings) < needed) {
    say(
      'keepAliveIntervalSeconds',
      `the lease (keepAliveTimeoutSeconds − fenceMarginSeconds = ${leaseMs(settings) / 1000} s) must hold three ` +
        `intervals and a request's time limit (${needed / 1000} s): at most ${longestIntervalSeconds(settings)} here`,
    )
  }
  return breaches
}
