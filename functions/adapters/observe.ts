import type { Occurrence } from '../../domain/facts.ts'
import { measuresOfCommit, measuresOfSweep } from '../../domain/measures.ts'
import type { Group } from '../../domain/model.ts'
import type { Observation } from '../usecases/observation.ts'
import { failure, info } from './log.ts'
import { emit } from './metrics.ts'

/** Turns what is observed into lines of the log, and metrics. */
export async function observe(observation: Observation): Promise<void> {
  switch (observation.kind) {
    case 'commit':
      emit(measuresOfCommit(observation.draft, observation.effects))
      return logCommit(observation)
    case 'configuration': {
      const { cluster, version, groups } = observation
      return info('configuration changed', { cluster, configurationVersion: version, groups })
    }
    case 'sweep':
      return emit(measuresOfSweep(observation.sweep))
    case 'failure':
      return failure(observation.what, observation.error, observation.of)
  }
}

/** A line for a decision, and for high availability switched on or off; none for what merely was reported. */
async function logCommit({ before, draft }: Extract<Observation, { kind: 'commit' }>): Promise<void> {
  const { group, fired, occurred } = draft
  const of = { cluster: group.cluster, group: group.name }
  if (fired.length > 0) {
    const { transition } = group.transition ? group : before
    await info('decided', {
      ...of,
      rules: fired,
      pairBefore: pairOf(before),
      pair: pairOf(group),
      occurrence: occurrenceOf(group, occurred),
      ...(transition ? { transition: transition.id, transitionKind: transition.kind } : {}),
    })
  }
  if (before.highAvailability !== group.highAvailability) {
    const { highAvailability, epoch } = group
    await info('configuration changed', { ...of, highAvailability, epoch })
  }
}

const pairOf = (group: Group): Record<string, string> =>
  Object.fromEntries(group.nodes.map(({ name, state, reason }) => [name, `${state} (${reason})`]))

/** Nodes by their names. */
const occurrenceOf = (group: Group, occurrence: Occurrence): object =>
  'node' in occurrence ? { ...occurrence, node: group.nodes[occurrence.node]?.name } : occurrence
