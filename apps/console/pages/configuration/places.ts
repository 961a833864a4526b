export const PARTS = ['parameters', 'nodes', 'groups', 'services'] as const
export type Part = (typeof PARTS)[number]

/** What of a cluster is shown: a part, and in it a form: for one that is there, or for a new one. */
export interface Place {
  part: Part
  /** The name of what is changed; '' where there is but one. */
  change?: string
  isNew?: boolean
}

export function placeFrom(search: string): Place {
  const query = new URLSearchParams(search)
  const part = PARTS.find((each) => each === query.get('part')) ?? 'parameters'
  const change = query.get('change')
  return { part, ...(change === null ? {} : { change }), ...(query.has('new') ? { isNew: true } : {}) }
}

/** The address of a place: it can be kept, and gone back from. */
export function placeOf(cluster: string, { part, change, isNew }: Place): string {
  const query = new URLSearchParams({ part })
  if (change !== undefined) query.set('change', change)
  if (isNew) query.set('new', '')
  return `/configuration/${encodeURIComponent(cluster)}?${query}`
}
export const NEW_CLUSTER_PLACE = '/configuration?new='
