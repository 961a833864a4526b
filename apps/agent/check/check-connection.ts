import type { AgentConfig } from '../config.ts'
import { identityOf } from '../control-plane.ts'
import type { Check, Finding } from './check.ts'

const LIMIT_MS = 5000
/** AWS refuses signatures that are more than five minutes off; what comes near that is found out well before. */
const CLOCK_FAILS_SECONDS = 60
/** The answer's own clock is given in whole seconds. */
const CLOCK_WARNS_SECONDS = 5

/** The agent's identity, the road to each endpoint, and the host's clock by theirs. */
export const checkConnection: Check = async ({ config }) => [
  await identity(config),
  ...(await Promise.all(config.endpoints.map(road))).flat(),
]

async function identity(config: AgentConfig): Promise<Finding> {
  const name = 'credentials'
  const remedy = config.credentials
    ? 'correct credentials.file and credentials.profile'
    : 'give the host an instance role, or name a file in credentials'
  try {
    const { accessKeyId } = await within(identityOf(config)(), 'no answer')
    return { name, result: 'ok', detail: `access key ${accessKeyId}` }
  } catch (error) {
    return { name, result: 'failed', detail: (error as Error).message, remedy }
  }
}

/** Any answer will do, a refusal, too: nothing is signed, so that nothing is done. */
async function road(endpoint: string): Promise<Finding[]> {
  const name = `endpoint ${new URL(endpoint).host}`
  const startedMs = Date.now()
  try {
    const response = await fetch(endpoint, { redirect: 'manual', signal: AbortSignal.timeout(LIMIT_MS) })
    await response.body?.cancel()
    const tookMs = Date.now() - startedMs
    return [
      { name, result: 'ok', detail: `answers in ${tookMs} ms` },
      clock(response.headers.get('date'), startedMs + tookMs / 2),
    ]
  } catch (error) {
    const { message, cause } = error as Error
    const detail = cause instanceof Error ? `${message}: ${cause.message}` : message
    return [{ name, result: 'failed', detail, remedy: 'look at the name, the route, the proxy and the firewall' }]
  }
}

function clock(date: string | null, hostMs: number): Finding {
  const name = 'clock'
  const answeredMs = Date.parse(date ?? '')
  if (Number.isNaN(answeredMs)) return { name, result: 'warning', detail: 'the endpoint does not say what time it is' }
  const aheadSeconds = Math.round((hostMs - answeredMs) / 1000)
  const off = Math.abs(aheadSeconds)
  const detail = `${off} s ${aheadSeconds < 0 ? 'behind' : 'ahead of'} the endpoint's`
  const remedy = 'set the clock, and let it be kept: systemctl enable --now systemd-timesyncd (or chrony)'
  if (off > CLOCK_FAILS_SECONDS) return { name, result: 'failed', detail: `${detail}; at 300 s AWS refuses it`, remedy }
  if (off > CLOCK_WARNS_SECONDS) return { name, result: 'warning', detail, remedy }
  return { name, result: 'ok', detail: off <= 1 ? 'that of the endpoint, as far as its seconds tell' : detail }
}

/** The AWS SDK's own limits add up to more than a person waits. */
function within<Value>(work: Promise<Value>, problem: string): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${problem} within ${LIMIT_MS} ms`)), LIMIT_MS)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
