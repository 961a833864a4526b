import type * as z from 'zod'
import {
  clusterSchema,
  groupSchema,
  nameSchema,
  nodeNameSchema,
  nodeSchema,
} from '../../../../domain/contract/configuration.ts'
import {
  boundsBeside,
  type NumberName,
  PARAMETER_BOUNDS,
  PARAMETER_DEFAULTS,
  PARAMETER_NAMES,
  PARAMETERS,
  type ParameterName,
  USER_ASSIGNMENT_MODES,
} from '../../../../domain/parameters.ts'
import { CAPACITY_CLASSES, DEFAULT_CAPACITY_CLASS } from '../../../../domain/re-login.ts'
import {
  DEFAULT_CRITICAL_SERVICES,
  defaultFenceMarginSeconds,
  type ServiceParameters,
} from '../../../../domain/settings.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import type { ClusterAnswer, NodeAnswer } from '../../../client/configuration-api.ts'
import { bodyOf, type Draft, type Field, type Option } from './fields.ts'

/** What is put for a cluster: what of its answer is configured. */
export const clusterBodyOf = (cluster: ClusterAnswer): Record<string, unknown> =>
  Object.fromEntries(Object.entries(cluster).filter(([name]) => name in clusterSchema.shape))

const isNumber = (name: ParameterName): name is NumberName => name in PARAMETER_BOUNDS
const isPort = (name: ParameterName) => name === 'servicePort' || name === 'adminRpcPort'
const pathOf = (name: ParameterName) =>
  name === 'userAssignmentMode' ? `enterpriseParameters.${name}` : `serviceParameters.${name}`

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
/** To the millisecond, as the parameters are kept. */
const figure = (number: number): string => String(Math.round(number * 1000) / 1000)

/** `1–3600 s`; of those that depend on others, what they may be while these are as they are. */
export function boundsText(name: ParameterName, parameters: ServiceParameters): string {
  if (name === 'userAssignmentMode') return USER_ASSIGNMENT_MODES.join(', ')
  if (!isNumber(name)) return 'on or off'
  const { least, most } = boundsBeside(name, parameters)
  if (!(least <= most)) return 'nothing fits the other values'
  return `${figure(least)}–${figure(most)}${isPort(name) ? '' : ' s'}`
}

export function defaultText(name: ParameterName, { keepAliveTimeoutSeconds }: ServiceParameters): string {
  const value = PARAMETER_DEFAULTS[name]
  if (value === undefined) return `${figure(defaultFenceMarginSeconds(keepAliveTimeoutSeconds))} s`
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'string' || isPort(name) ? String(value) : `${value} s`
}

/** The parameters as they are typed; where something is no number yet, as they were. */
export function typedParameters(standing: ServiceParameters, draft: Draft): ServiceParameters {
  const fields = parameterFields(standing).filter(({ path }) => path.startsWith('serviceParameters.'))
  const { serviceParameters } = bodyOf(fields, draft) as { serviceParameters: Record<string, unknown> }
  const known = Object.entries(serviceParameters).filter(([, value]) => !Number.isNaN(value))
  const { fenceMarginSeconds: _, ...others } = standing
  return { ...others, ...Object.fromEntries(known) }
}

/** The parameters of a cluster, with what they may be beside what is typed into the others. */
export const parameterFields = (parameters: ServiceParameters): Field[] => [
  {
    path: 'databasePublisher',
    label: 'Database publisher',
    kind: 'text',
    description: 'Where the presence database is written. New nodes take it, unless they name another.',
  },
  ...PARAMETER_NAMES.map((name): Field => {
    const { label, meaning } = PARAMETERS[name]
    const field = { path: pathOf(name), label }
    if (name === 'userAssignmentMode') {
      const options = USER_ASSIGNMENT_MODES.map((value) => ({ value, label: value }))
      return { ...field, kind: 'choice', options, description: `${capital(meaning)}.` }
    }
    if (!isNumber(name)) return { ...field, kind: 'switch', description: `${capital(meaning)}.` }
    const bounds = `${boundsText(name, parameters)}; default ${defaultText(name, parameters)}`
    return {
      ...field,
      kind: 'number',
      description: `${capital(meaning)}. ${bounds}.`,
      ...(isPort(name) ? {} : { unit: 's' }),
      ...(name === 'fenceMarginSeconds' ? { whenEmpty: 'a twelfth of the timeout' } : {}),
    }
  }),
]

export const SERVICE_FIELDS: readonly Field[] = [
  {
    path: 'criticalServices',
    label: 'Critical services',
    kind: 'list',
    description:
      '1–20 services that must run on every node, in the order in which they are shown. The database service is always watched beside them.',
  },
]

export const newClusterFields = (): Field[] => [
  {
    path: 'name',
    label: 'Name',
    kind: 'text',
    description: '1–128 letters, digits, "_" or "-". It cannot be changed.',
  },
  {
    path: 'databasePublisher',
    label: 'Database publisher',
    kind: 'text',
    description: 'Where the presence database of the cluster is written.',
  },
]
export const NEW_CLUSTER = { name: '', databasePublisher: '' }

const CAPACITY_OPTIONS: readonly Option[] = [
  { value: '', label: `not set: ${DEFAULT_CAPACITY_CLASS} users` },
  ...CAPACITY_CLASSES.map((users) => ({ value: String(users), label: `${users} users` })),
]

/** The fields of a node. A new one has a name, too. */
export const nodeFields = (cluster: ClusterAnswer, isNew: boolean): Field[] => [
  ...(isNew
    ? [
        {
          path: 'name',
          label: 'Name',
          kind: 'text',
          description: '1–128 letters, digits, ".", "_" or "-". It cannot be changed.',
        } as const,
      ]
    : []),
  { path: 'hostName', label: 'Host name', kind: 'text', description: 'Its name or address: clients are sent there.' },
  {
    path: 'softwareVersion',
    label: 'Software version',
    kind: 'text',
    description: 'Of its presence server. Both nodes of a group must have the same.',
  },
  {
    path: 'databasePublisher',
    label: 'Database publisher',
    kind: 'text',
    description: 'Both nodes of a group must have the same.',
    whenEmpty: `that of the cluster, ${cluster.databasePublisher}`,
  },
  {
    path: 'principal',
    label: 'Principal',
    kind: 'text',
    description: 'The ARN of the IAM identity that its agent signs with. Nobody else can speak for the node.',
  },
  {
    path: 'capacityClass',
    label: 'Capacity class',
    kind: 'choice',
    description: 'How many users it is made for. The recommended re-login limits follow from it.',
    options: CAPACITY_OPTIONS,
    whenEmpty: `not set: ${DEFAULT_CAPACITY_CLASS} users`,
  },
  {
    path: 'clientReLogin.lowerLimitSeconds',
    label: 'Client re-login, lower limit',
    kind: 'number',
    unit: 's',
    description: 'A disconnected client waits at least so long before it logs in again. 0–3600 s; default 120 s.',
  },
  {
    path: 'clientReLogin.upperLimitSeconds',
    label: 'Client re-login, upper limit',
    kind: 'number',
    unit: 's',
    description: 'And at most so long. 0–3600 s; default 537 s.',
  },
]
export const NEW_NODE = {
  name: '',
  hostName: '',
  softwareVersion: '',
  principal: '',
  clientReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 537 },
}

/** Nodes that a group may have: those in no other. */
export const nodeOptions = (nodes: readonly NodeAnswer[], group: string | null): Option[] =>
  nodes
    .filter((node) => node.group === null || node.group === group)
    .map(({ node, hostName, softwareVersion, databasePublisher }) => ({
      value: node,
      label: node,
      description: `${hostName}, version ${softwareVersion}, publisher ${databasePublisher}`,
    }))

/** The fields of a group. Its nodes are fixed while its high availability is on: doors may be open under leases. */
export const groupFields = (nodes: readonly NodeAnswer[], group: GroupStatus | null): Field[] => [
  ...(group
    ? []
    : [
        {
          path: 'name',
          label: 'Name',
          kind: 'text',
          description: '1–128 letters, digits, "_" or "-". It cannot be changed.',
        } as const,
      ]),
  {
    path: 'description',
    label: 'Description',
    kind: 'text',
    description: 'Up to 128 characters, none of " % & / < >.',
  },
  {
    path: 'nodes',
    label: 'Nodes',
    kind: 'list',
    description: 'One, or two that stand in for each other. High availability needs two.',
    options: nodeOptions(nodes, group?.group ?? null),
    ...(group?.highAvailability
      ? { fixed: 'High availability of the group is on. Disable it to change its nodes.' }
      : {}),
  },
]
export const NEW_GROUP = { name: '', description: '', nodes: [] }

/** What is put for a group: what of its status is configured. */
export const groupBodyOf = ({ description, nodes }: GroupStatus) => ({
  description,
  nodes: nodes.map(({ node }) => node),
})

const without = (taken: readonly string[], what: string, schema: z.ZodString) =>
  schema.refine((name) => !taken.includes(name), `There is a ${what} of that name already.`)

/** The contract of what is new: with its name, which nothing has yet. */
export const newClusterSchema = (taken: readonly string[]) =>
  clusterSchema.extend({ name: without(taken, 'cluster', nameSchema) })
export const newNodeSchema = (taken: readonly string[]) =>
  nodeSchema.extend({ name: without(taken, 'node', nodeNameSchema) })
export const newGroupSchema = (taken: readonly string[]) =>
  groupSchema.extend({ name: without(taken, 'group', nameSchema) })

export const isDefaultServices = (services: readonly string[]): boolean =>
  services.join('\n') === DEFAULT_CRITICAL_SERVICES.join('\n')
