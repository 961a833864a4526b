import type { SessionEntry } from '../../../client/answers.ts'
import { csvOf } from '../../parts/csv.ts'
import type { Remark } from './upload.ts'

export const REMARK_KINDS: Readonly<Record<Remark['kind'], string>> = {
  bad: 'bad line',
  refused: 'refused',
  elsewhere: 'elsewhere',
}

/** What was not done as asked, line by line. */
export const remarksCsv = (remarks: readonly Remark[]): string =>
  csvOf(
    ['line', 'what', 'user', 'why'],
    remarks.map(({ line, kind, user, message }) => [line, REMARK_KINDS[kind], user, message]),
  )

/** Times in UTC. */
export const lostCsv = (sessions: readonly SessionEntry[]): string =>
  csvOf(
    ['user', 'device', 'platform', 'home node', 'crashed node', 'lost at'],
    sessions.map(({ user, device, platform, homeNode, lostMessages }) => [
      user,
      device,
      platform,
      homeNode,
      lostMessages?.node ?? '',
      lostMessages?.at ?? '',
    ]),
  )
