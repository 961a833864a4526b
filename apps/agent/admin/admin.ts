import * as z from 'zod'
import type { AgentConfig } from '../config.ts'
import type { Log } from '../log.ts'
import type { OrderOutcome } from '../operator-orders.ts'
import type { Road } from '../road.ts'
import { sessionRoutes } from '../sessions/told-sessions.ts'
import { readTokenFile } from './admin-file.ts'
import { samplesOf } from './admin-metrics.ts'
import { type AdminAnswer, type AdminRoute, AdminServer } from './admin-server.ts'
import { type StatusParts, statusOf } from './admin-status.ts'
import { METRICS_CONTENT_TYPE, type Metrics, metricsText } from './metrics.ts'

export interface AdminParts extends StatusParts {
  settings: AgentConfig['admin']
  stateFolder: string
  metrics: Metrics
  road: Pick<Road, 'call'>
  log: Log
}

const serveBody = z.strictObject({
  /** The operator has typed this node's name: nobody else serves its users. */
  node: z.string(),
  all: z.boolean().default(false),
  despitePromise: z.boolean().default(false),
})

const STATUS_OF: Readonly<Record<OrderOutcome['result'], number>> = { done: 200, refused: 409, failed: 500 }
const outcome = (came: OrderOutcome): AdminAnswer => ({ status: STATUS_OF[came.result], json: came })

/** What an operator on the host may ask of the running agent. */
export function adminOf(parts: AdminParts): AdminServer {
  const { settings, stateFolder, agent, wanCheck, metrics, log } = parts
  const routes: Record<string, AdminRoute> = {
    ...sessionRoutes(parts),
    'GET /status': async () => ({ status: 200, json: await statusOf(parts) }),
    'GET /metrics': async () => ({
      status: 200,
      text: { type: METRICS_CONTENT_TYPE, content: metricsText(await samplesOf(parts, metrics)) },
    }),
    'POST /fence': async () => outcome(await agent.orders.fence()),
    'POST /release': async () => outcome(await agent.orders.release()),
    'POST /serve': async (body) => {
      const asked = serveBody.safeParse(body)
      if (!asked.success) return { status: 400, json: { error: z.prettifyError(asked.error) } }
      const { node, ...request } = asked.data
      if (node !== parts.node) return { status: 400, json: { error: `this is ${parts.node}, and not ${node}` } }
      return outcome(await agent.orders.serve(request))
    },
    'POST /wan-check': async () => {
      try {
        return { status: 200, json: await wanCheck.run() }
      } catch (error) {
        return outcome({ result: 'refused', said: (error as Error).message })
      }
    },
  }
  return new AdminServer({
    address: settings.address,
    token: ownToken(parts),
    stateFolder,
    routes,
    open: ['GET /metrics'],
    log,
  })
}

/** A file that cannot be used opens nothing, and ends nothing: the token that the agent makes itself stands in. */
function ownToken({ settings: { tokenFile }, log }: AdminParts): string | undefined {
  if (tokenFile === undefined) return undefined
  try {
    return readTokenFile(tokenFile)
  } catch (error) {
    log(`${(error as Error).message}; until then only the token of admin.json opens the admin port`)
    return undefined
  }
}
