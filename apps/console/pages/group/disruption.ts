import type { Plan } from '../../../../domain/plan.ts'

/** Users who are disconnected by what is planned. */
export interface Disruption {
  usersOf: string
  from: string
  users: number
  /** Where they can log in again; null: nowhere, as things are. */
  to: string | null
  /** After how long at most. */
  atMostSeconds: number
}

/** Who is disconnected by a plan, and when they can log in again: from the step that cuts them off to the one that serves them. */
export function disruptionsOf({ steps }: Plan): Disruption[] {
  return steps.flatMap((step, index) =>
    step.disconnects.map(({ usersOf, from, users }) => {
      const later = steps.slice(index)
      const back = later.findIndex(({ nodes }) => nodes.some(({ serves }) => serves.includes(usersOf)))
      const to = later[back]?.nodes.find(({ serves }) => serves.includes(usersOf))?.node ?? null
      const waits = back === -1 ? later : later.slice(0, back)
      return {
        usersOf,
        from,
        users,
        to,
        atMostSeconds: waits.reduce((sum, each) => sum + (each.atMostSeconds ?? 0), 0),
      }
    }),
  )
}
