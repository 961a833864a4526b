import { isDeepStrictEqual } from 'node:util'
import type { Cluster } from '../../../domain/cluster.ts'
import type { GroupBody } from '../../../domain/contract/configuration.ts'
import type { Api } from '../../client/api.ts'
import type { BuiltUpon } from '../../client/configuration-api.ts'
import { pause } from '../../client/patience.ts'
import { ProblemError } from '../../client/problem.ts'
import { CliError, EXIT } from '../exit.ts'
import type { Plan, Step } from './plan.ts'
import { readStanding, type Standing } from './standing.ts'

const LOOK_EVERY_MS = 500

interface CarryingOut {
  /** How long to wait for a group to become ready; undefined: not at all. */
  waitSeconds: number | undefined
  done(step: Step): void
  /** Hears, at each change, what a group still lacks. */
  lacks(words: string): void
}

/**
 * Takes the steps of a plan. Each builds upon the version that the one before it left: what somebody else changes
 * meanwhile is not overwritten, and ends it. Throws what went wrong, after `done` has heard of all that was done.
 */
export async function carryOut(api: Api, plan: Plan, standing: Standing, how: CarryingOut): Promise<void> {
  let etag = standing.etag
  const expected = structuredClone(standing.cluster)
  for (const step of plan.steps) {
    if (step.do === 'switch') await switchTo(api, step, how)
    else if (step.do === 'put') etag = await put(api, step, etag)
    // Where something is deleted, there is a cluster.
    else await remove(api, step, etag as string)
    if (expected) note(expected, step)
    if (step.do === 'delete') etag = await versionOf(api, expected as Cluster)
    how.done(step)
  }
}

async function put(api: Api, step: Step & { do: 'put' }, etag: BuiltUpon): Promise<string> {
  const { configuration } = api
  switch (step.what) {
    case 'cluster':
      return (await configuration.putCluster(step.name, step.body, etag)).etag
    case 'node':
      return (await configuration.putNode(step.name, step.body, etag)).etag
    default:
      return (await configuration.putGroup(step.name, step.body, etag)).etag
  }
}

const remove = ({ configuration }: Api, { what, name }: Step & { do: 'delete' }, etag: string) =>
  what === 'node' ? configuration.deleteNode(name, etag) : configuration.deleteGroup(name, etag)

/** What the cluster is after the step, if nobody else changes it. */
function note(cluster: Cluster, step: Step): void {
  if (step.do === 'put' && step.what === 'cluster') Object.assign(cluster, step.body)
  if (step.do === 'put' && step.what === 'node') cluster.nodes[step.name] = step.body as Cluster['nodes'][string]
  if (step.do === 'put' && step.what === 'group') cluster.groups[step.name] = step.body as GroupBody
  if (step.do === 'delete') delete cluster[step.what === 'node' ? 'nodes' : 'groups'][step.name]
}

/** An answer to a deletion names no version: what is there now has it, if it is what is expected. */
async function versionOf(api: Api, expected: Cluster): Promise<BuiltUpon> {
  const { cluster, etag } = await readStanding(api, expected.cluster)
  if (cluster && isDeepStrictEqual(withoutVersion(cluster), withoutVersion(expected))) return etag
  throw new CliError(EXIT.failed, 'ChangedMeanwhile', 'somebody else has changed the cluster meanwhile')
}

const withoutVersion = ({ version: _, ...rest }: Cluster) => JSON.parse(JSON.stringify(rest))

/** Switched on, a group must be ready: its agents may still have to say so. */
async function switchTo(api: Api, { name, on }: Step & { do: 'switch' }, { waitSeconds, lacks }: CarryingOut) {
  let told = ''
  const deadlineMs = performance.now() + (waitSeconds ?? 0) * 1000
  while (true) {
    try {
      return await api.configuration.setHighAvailability(name, on, false)
    } catch (error) {
      if (!isNotReady(error)) throw error
      if (waitSeconds === undefined) throw notYet(name, error)
      if (performance.now() >= deadlineMs) throw tooLong(name, waitSeconds, error)
      if (error.problem.detail !== told) lacks(error.problem.detail)
      told = error.problem.detail
      await pause(LOOK_EVERY_MS)
    }
  }
}

const isNotReady = (error: unknown): error is ProblemError =>
  error instanceof ProblemError && error.problem.code === 'NotReady'

const notYet = (name: string, { problem }: ProblemError): CliError =>
  new CliError(
    EXIT.refused,
    'NotReady',
    `high availability of ${name} is not on yet: ${problem.detail} Apply the file again once it is, or with --wait.`,
  )

const tooLong = (name: string, seconds: number, { problem }: ProblemError): CliError =>
  new CliError(EXIT.timedOut, 'WaitTimedOut', `${name} was not ready after ${seconds} s. ${problem.detail}`)
