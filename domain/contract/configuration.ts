import * as z from 'zod'
import {
  DEFAULT_USER_ASSIGNMENT_MODE,
  type NumberName,
  PARAMETER_BOUNDS,
  PARAMETERS,
  USER_ASSIGNMENT_MODES,
} from '../parameters.ts'
import { CAPACITY_CLASSES } from '../re-login.ts'
import { breachesOf, DEFAULT_CRITICAL_SERVICES, DEFAULT_SERVICE_PARAMETERS } from '../settings.ts'

/** Names that JavaScript's objects cannot hold as they hold any other. */
const isReserved = (name: string): boolean => name === '__proto__' || name === 'constructor'
const EMPTY = 'must not be empty'
const RESERVED = 'must not be "__proto__" or "constructor"'
/** [B3] A name: 1–128 of letters, digits, `_` and `-`. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1–128 letters, digits, "_" or "-"')
  .refine((name) => !isReserved(name), RESERVED)
/** Names of nodes and hosts may have dots, too. */
export const nodeNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/,
    'must be 1–128 letters, digits, ".", "_" or "-", and not begin with "."',
  )
  .refine((name) => !isReserved(name), RESERVED)
/** [B4] A description: up to 128 characters, none of `" % & / < >`. */
const descriptionSchema = z
  .string()
  .max(128, 'must have at most 128 characters')
  .regex(/^[^"%&/<>]*$/, 'must not contain any of " % & / < >')

const numberOf = (name: NumberName) => {
  const { least, most } = PARAMETER_BOUNDS[name]
  const whole = name === 'servicePort' || name === 'adminRpcPort'
  return (whole ? z.int('must be a whole number') : z.number())
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`)
    .describe(PARAMETERS[name].meaning)
}

/** Service parameters with their bounds. What they must be together: `breachesOf`. */
const parameterShape = {
  servicePort: numberOf('servicePort'),
  adminRpcPort: numberOf('adminRpcPort'),
  criticalServiceDelaySeconds: numberOf('criticalServiceDelaySeconds'),
  automaticFallbackEnabled: z.boolean().describe(PARAMETERS.automaticFallbackEnabled.meaning),
  automaticFallbackDelaySeconds: numberOf('automaticFallbackDelaySeconds'),
  initializationKeepAliveTimeoutSeconds: numberOf('initializationKeepAliveTimeoutSeconds'),
  keepAliveTimeoutSeconds: numberOf('keepAliveTimeoutSeconds'),
  keepAliveIntervalSeconds: numberOf('keepAliveIntervalSeconds'),
  fenceMarginSeconds: numberOf('fenceMarginSeconds').optional(),
}
export const serviceParametersPatchSchema = z.strictObject(parameterShape).partial()
export const serviceParametersSchema = z.strictObject(parameterShape).superRefine((parameters, context) => {
  for (const { path, message } of breachesOf(parameters)) {
    context.addIssue({ code: 'custom', path: [path], message, params: { rule: true } })
  }
})

const userAssignmentMode = z.enum(USER_ASSIGNMENT_MODES).describe(PARAMETERS.userAssignmentMode.meaning)
const enterpriseParametersSchema = z.strictObject({
  userAssignmentMode: userAssignmentMode.default(DEFAULT_USER_ASSIGNMENT_MODE),
})
export const enterpriseParametersPatchSchema = z.strictObject({ userAssignmentMode }).partial()

const serviceNames = z
  .array(
    z
      .string()
      .min(1, EMPTY)
      .max(64, 'must have at most 64 characters')
      .refine((name) => !isReserved(name), RESERVED),
  )
  .min(1, 'must name at least one critical service')
  .max(20, 'must name at most 20 critical services')
  .refine((names) => new Set(names).size === names.length, 'must not name a service twice')

export const clusterSchema = z.strictObject({
  databasePublisher: nodeNameSchema,
  criticalServices: serviceNames.default(DEFAULT_CRITICAL_SERVICES),
  serviceParameters: z
    .strictObject(parameterShape)
    .partial()
    .default({})
    .transform((given) => ({ ...DEFAULT_SERVICE_PARAMETERS, ...given }))
    .pipe(serviceParametersSchema),
  enterpriseParameters: enterpriseParametersSchema.default({ userAssignmentMode: DEFAULT_USER_ASSIGNMENT_MODE }),
})
export type ClusterBody = z.infer<typeof clusterSchema>

/** To the millisecond, as times are kept: DynamoDB takes no number as small as JSON can write. */
const waitSeconds = z
  .number()
  .min(0, 'must be at least 0')
  .max(3600, 'must be at most 3600')
  .overwrite((seconds) => Math.round(seconds * 1000) / 1000)
export const nodeSchema = z.strictObject({
  hostName: z.string().min(1, EMPTY).max(253, 'must have at most 253 characters'),
  softwareVersion: z
    .string()
    .min(1, EMPTY)
    .max(64, 'must have at most 64 characters')
    .regex(/^[^|]*$/, 'must not contain "|"'),
  /** Left out: the cluster's. */
  databasePublisher: nodeNameSchema.optional(),
  /** The ARN of the identity that the node's agent signs with. */
  principal: z
    .string()
    .regex(/^arn:[a-z-]+:(iam|sts)::\d{12}:.+$/, 'must be the ARN of an IAM user, role or assumed role')
    .max(2048),
  clientReLogin: z
    .strictObject({ lowerLimitSeconds: waitSeconds, upperLimitSeconds: waitSeconds })
    .refine((limits) => limits.lowerLimitSeconds <= limits.upperLimitSeconds, {
      path: ['lowerLimitSeconds'],
      message: 'must not be more than upperLimitSeconds',
    })
    .default({ lowerLimitSeconds: 120, upperLimitSeconds: 537 }),
  /** How many users the node carries, by the vendor's classes; left out: 5000. The recommended re-login limits follow from it. */
  capacityClass: z.literal(CAPACITY_CLASSES).optional(),
})
export type NodeBody = z.infer<typeof nodeSchema>

export const groupSchema = z.strictObject({
  description: descriptionSchema.default(''),
  nodes: z
    .array(nodeNameSchema)
    .min(1, 'must name one or two nodes')
    .max(2, 'must name one or two nodes')
    .refine((nodes) => new Set(nodes).size === nodes.length, 'must not name a node twice'),
})
export type GroupBody = z.infer<typeof groupSchema>

export const highAvailabilitySchema = z.strictObject({
  enabled: z.boolean(),
  /** Enables although the group is not ready [B8]. */
  force: z.boolean().default(false),
})
export const maintenanceSchema = z
  .strictObject({
    enabled: z.boolean(),
    /** What is being done; needed to begin, and told to everybody who looks. */
    reason: z.string().min(1).max(256).optional(),
    /** When it ends by itself; left out: when somebody ends it. */
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ enabled, reason }) => !enabled || reason !== undefined, {
    path: ['reason'],
    message: 'must say what is being done',
  })
export const acknowledgementSchema = z.strictObject({})
/** What is asked of the fleet brake; what is left out stays as it is. */
export const brakeSchema = z
  .strictObject({
    /** True: no group fails over for silence until somebody releases it, which false does. */
    holds: z.boolean().optional(),
    /** Why it is to hold. */
    reason: z.string().min(1).max(256).optional(),
    leastGroups: z.int().min(1).max(100_000).optional(),
    leastPercent: z.number().min(1).max(100).optional(),
  })
  .refine(({ holds, reason }) => holds !== true || reason !== undefined, {
    path: ['reason'],
    message: 'must say why the brake is to hold',
  })
  .refine(
    ({ holds, leastGroups, leastPercent }) => [holds, leastGroups, leastPercent].some((each) => each !== undefined),
    { message: 'must name holds, leastGroups or leastPercent' },
  )
export const commandSchema = z.strictObject({ node: nodeNameSchema })
export const recoverySchema = z.strictObject({})
/** A failover or fallback at a time. */
export const scheduleSchema = z.strictObject({
  action: z.enum(['failover', 'fallback']),
  /** The node to fail over from, or to fall back to. */
  node: nodeNameSchema,
  at: z.iso.datetime({ offset: true }),
  /** What it is for; told to everybody who looks. */
  reason: z.string().min(1).max(256).optional(),
})
