import { SHORT } from './agent.ts'
import { type Api, expectStatus } from './api.ts'

let clusters = 0
/** A cluster of its own that takes users; its nodes are called as here. */
export async function aUserCluster(api: Api, groups: Record<string, string[]>, userAssignmentMode = 'balanced') {
  const cluster = `c${++clusters}`
  const path = await api.configure(cluster, groups, SHORT)
  await expectStatus(200, api.patch(`${path}/enterprise-parameters`, { userAssignmentMode }))
  const put = (user: string, body: object | undefined = undefined, headers = {}) =>
    api.put(`${path}/users/${encodeURIComponent(user)}`, body, headers)
  const home = async (user: string, body?: object) => (await expectStatus(200, put(user, body))).body.homeNode
  /** What the groups' statuses say, by node. */
  const counts = async (): Promise<Record<string, number>> => {
    const { groups: found } = (await api.get(`${path}/groups`)).body
    const nodes = found.flatMap((group: { nodes: { node: string; users: number }[] }) => group.nodes)
    return Object.fromEntries(nodes.map(({ node, users }: { node: string; users: number }) => [node, users]))
  }
  return { cluster, path, put, home, counts }
}
