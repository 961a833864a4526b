import { draftOf } from '../../domain/decide.ts'
import type { Plan } from '../../domain/plan.ts'
import { planFrom } from '../../domain/plan.ts'
import type { UserCounts } from '../../domain/users.ts'
import type { Clock } from '../adapters/clock.ts'
import type { GroupStore } from '../adapters/group-store.ts'
import { ask, type CommandCall } from './command.ts'
import { readGroup } from './look.ts'

export interface DryRunPorts {
  groups: Pick<GroupStore, 'read'>
  clock: Clock
  users: () => Promise<UserCounts>
}

/** What a command would do, by the policy itself on a copy; nothing is changed or told. A refusal is the command's own. */
export async function dryRun(ports: DryRunPorts, call: CommandCall): Promise<{ plan: Plan }> {
  const [group, users] = await Promise.all([readGroup(ports.groups, call), ports.users()])
  const draft = draftOf({ ...group, outbox: [] }, ports.clock.read().nowMs)
  const refused = ask(draft, call)
  if (refused) throw refused
  return { plan: planFrom(group, draft, users) }
}
