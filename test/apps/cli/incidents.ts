import type { EventRecord } from '../../../apps/client/answers.ts'
import { eventView } from '../../../functions/views.ts'
import { carryOut } from '../../scenarios/commands.ts'
import { World } from '../../world/world.ts'

/** What a scenario leaves in the history of its group, newest first, as the API tells it. */
export async function historyOf(...commands: string[]): Promise<EventRecord[]> {
  const world = new World()
  for (const command of commands) await carryOut(world, command)
  const { entries } = world.cloud.history
  return [...entries].sort((one, two) => two.id.localeCompare(one.id)).map((entry) => eventView(entry) as EventRecord)
}
