import { type Answer, type Call, problem, type Reply } from '../client/api-server.ts'
import { normal, running, succeeded } from './fixtures.ts'

export const GROUP = '/clusters/demo/groups/pair'
const { steps: _, status: __, ...transition } = running

/** What the API of a demo with one cluster and one group answers; `more` comes first. */
export const demo =
  (more: (call: Call) => Reply | null | 'cut' | undefined = () => undefined): Answer =>
  (call) => {
    const given = more(call)
    if (given !== undefined) return given
    const answers: Record<string, unknown> = {
      'GET /clusters': { clusters: [{ cluster: 'demo', nodes: ['a', 'b'], groups: ['pair'] }] },
      'GET /clusters/demo': { cluster: 'demo', nodes: ['a', 'b'], groups: ['pair'] },
      'GET /clusters/demo/groups': { groups: [normal] },
      'GET /clusters/demo/nodes': {
        nodes: [
          {
            ...{ node: 'a', group: 'pair', hostName: 'a.example.org', softwareVersion: '14.0', users: 2600 },
            clientReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 537 },
            recommendedReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 554, users: 2600, usersPerSecond: 6 },
          },
        ],
      },
      [`GET ${GROUP}`]: normal,
      [`POST ${GROUP}/failover`]: { transition },
      [`GET ${GROUP}/transitions/pair-2`]: succeeded,
    }
    const body = answers[`${call.method} ${call.path}`]
    if (body === undefined) return problem(404, `There is no ${call.path}.`)
    return { status: call.method === 'POST' ? 202 : 200, body }
  }
