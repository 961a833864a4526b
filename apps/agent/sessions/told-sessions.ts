import * as z from 'zod'
import { ProblemError } from '../../client/problem.ts'
import { apiPath } from '../../client/signed-client.ts'
import type { AdminAnswer, AdminRoute } from '../admin/admin-server.ts'
import type { Road } from '../road.ts'

const name = z.string().min(1).max(128)
const session = z.looseObject({ user: name, device: name })
const subscription = z.looseObject({ user: name, presentity: name })

/**
 * What the node's own server tells the agent of its clients: it needs no identity at the control plane, and knows of no
 * cluster. Said on with the agent's, and answered as the control plane answers: what it refuses is for the server to know.
 */
export function sessionRoutes({
  cluster,
  road,
}: {
  cluster: string
  road: Pick<Road, 'call'>
}): Record<string, AdminRoute> {
  const sessionPath = ({ user, device }: z.infer<typeof session>) =>
    apiPath`/clusters/${cluster}/users/${user}/sessions/${device}`
  const subscriptionPath = ({ user, presentity }: z.infer<typeof subscription>) =>
    apiPath`/clusters/${cluster}/users/${user}/subscriptions/${presentity}`
  const put = async (path: string, body: object) => ({
    status: 200,
    json: await road.call({ method: 'PUT', path, body }),
  })
  const end = async (path: string) => {
    await road.call({ method: 'DELETE', path })
    return { status: 200, json: { result: 'done' } }
  }
  return {
    'PUT /sessions': told(session, (asked) => {
      const { user: _, device: __, ...body } = asked
      return put(sessionPath(asked), body)
    }),
    'DELETE /sessions': told(session, (asked) => end(sessionPath(asked))),
    'PUT /subscriptions': told(subscription, (asked) => {
      const { user: _, presentity: __, ...body } = asked
      return put(subscriptionPath(asked), body)
    }),
    'DELETE /subscriptions': told(subscription, (asked) => end(subscriptionPath(asked))),
  }
}

/** A body that names what it is about; and an answer, whatever comes of it. */
const told =
  <Schema extends z.ZodType>(schema: Schema, carryOut: (asked: z.output<Schema>) => Promise<AdminAnswer>): AdminRoute =>
  async (body) => {
    const asked = schema.safeParse(body)
    if (!asked.success) return { status: 400, json: { error: z.prettifyError(asked.error) } }
    try {
      return await carryOut(asked.data)
    } catch (error) {
      const { message } = error as Error
      if (error instanceof RangeError) return { status: 400, json: { error: message } }
      if (!(error instanceof ProblemError)) return { status: 503, json: { error: message } }
      return { status: error.status, json: { ...error.problem, error: message } }
    }
  }
