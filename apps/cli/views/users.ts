import type { RebalanceReport, RecountReport, UserEntry, UserLogin } from '../../client/user-api.ts'
import { number, type Progress, paceWords, userCount } from '../../client/words/pace.ts'
import { oneLine } from '../../client/words/text.ts'
import { list } from './lists.ts'
import { paintOf, paragraph, type View, widthOf } from './view.ts'

/** Where somebody else than the home serves, it is said. */
const nowAt = ({ homeNode, currentNode }: UserEntry): string => (currentNode === homeNode ? '' : currentNode)

export const userList = (users: UserEntry[], view: View): string =>
  list(
    ['User', 'Home', 'Group', 'Served by'],
    users.map((each) => [each.user, each.homeNode, each.group ?? '', nowAt(each)]),
    view,
  )

export function userSentence(each: UserEntry, view: View): string {
  const { bold } = paintOf(view)
  const group = each.group === null ? 'in no group' : `group ${oneLine(each.group)}`
  const elsewhere = nowAt(each) === '' ? '' : ` It is served by ${oneLine(each.currentNode)} now.`
  return `${bold(oneLine(each.user))} has its home on ${oneLine(each.homeNode)} (${group}).${elsewhere}`
}

export function loginSentence({ node, hostName, serving, reLogin }: UserLogin): string {
  const where = `Log in to ${oneLine(node)} (${oneLine(hostName)})`
  const wait = reLogin.waitSeconds === 0 ? ' at once' : `, after a wait of ${reLogin.waitSeconds} s`
  const limits = `clients come back within ${reLogin.lowerLimitSeconds} to ${reLogin.upperLimitSeconds} s`
  const why = reLogin.waitSeconds === 0 ? '' : ` (many come at once: ${limits})`
  return `${where}${wait}${why}.${serving ? '' : ' Nobody serves the user at the moment.'}`
}

/** What a rebalance would do: each node with what it has and should have, then what moves. */
export function rebalancePlan({ nodes, moves }: RebalanceReport, view: View): string {
  const rows = nodes.map(({ node, group, users, fairShare }) => [
    node,
    group,
    number(users),
    number(fairShare),
    users === fairShare ? '' : `${fairShare > users ? '+' : '−'}${number(Math.abs(fairShare - users))}`,
  ])
  const table = list(['Node', 'Group', 'Users', 'Fair share', 'Change'], rows, view)
  const lines = moves.map(({ from, to, users }) => `  ${userCount(users)} from ${oneLine(from)} to ${oneLine(to)}`)
  return [table, '', ...(lines.length > 0 ? lines : ['The users are level: nobody moves.'])].join('\n')
}

export function recountTable({ users, nodes }: RecountReport, view: View): string {
  const rows = nodes.map(({ node, users: found, counted }) => [
    node,
    number(found),
    found === counted ? '' : `it was counted as ${number(counted)}`,
  ])
  const wrong = nodes.filter(({ users: found, counted }) => found !== counted).length
  const said =
    wrong === 0 ? 'All counts were right.' : `${wrong} count${wrong === 1 ? ' was' : 's were'} wrong, and right now.`
  return [list(['Node', 'Users', ''], rows, view), '', `${userCount(users)}. ${said}`].join('\n')
}

const BAR_WIDTH = 30

/** `██████░░░░  43,200 of 100,000 · 512 a second · 1 min 50 s left`. */
export function progressBar(progress: Progress & { trouble: string }, view: View): string {
  const { done, all, trouble } = progress
  const filled = Math.round((all === 0 ? 1 : done / all) * BAR_WIDTH)
  const bar = paintOf(view).cyan('█'.repeat(filled)) + paintOf(view).dim('░'.repeat(BAR_WIDTH - filled))
  const line = `  ${bar}  ${paceWords(progress, view.nowMs)}`
  return trouble === ''
    ? line
    : `${line}\n${paragraph('', paintOf(view).yellow(trouble), { ...view, width: widthOf(view) })}`
}
