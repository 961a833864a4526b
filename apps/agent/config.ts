import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { DEFAULT_BOOT_ID_FILE } from './host.ts'

/** A mapping; mistyped keys are told together with the right ones. */
const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'give a mapping of keys to values'
      return `unknown: ${issue.keys.join(', ')}; there are: ${Object.keys(shape).join(', ')}`
    },
  })

const name = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'give a name of 1 to 128 letters, digits, "_" or "-"')

const seconds = (defaultSeconds: number) =>
  z.number('give a number of seconds').positive().max(3600).default(defaultSeconds)

const port = z.int('give a port').min(1).max(65535)

/** Program and arguments, run without a shell: `[sh, -c, "…"]` where one is wanted. */
const command = z.array(z.string().min(1), 'give a list: the program, then its arguments').min(1)

const service = section({
  /** As in the cluster's list of critical services; the database service's own name is free. */
  name: z.string().min(1).max(128),
  role: z.enum(['critical', 'database']).default('critical'),
  command,
  /** Where it answers on TCP once it works. */
  port,
  env: z.record(z.string(), z.string()).optional(),
})

const services = z.array(service).superRefine((list, context) => {
  const refuse = (message: string) => context.addIssue({ code: 'custom', message })
  const twice = (values: unknown[]) => values.find((value, index) => values.indexOf(value) !== index)
  const sameName = twice(list.map((one) => one.name))
  const samePort = twice(list.map((one) => one.port))
  if (sameName !== undefined) refuse(`"${sameName}" stands here twice: each service needs a name of its own`)
  if (samePort !== undefined) refuse(`port ${samePort} stands here twice: each service needs a port of its own`)
  if (!list.some((one) => one.role === 'critical')) refuse('name at least one service with role critical')
  if (list.filter((one) => one.role === 'database').length !== 1) refuse('name exactly one service with role database')
})

/** The agent's one configuration file (YAML). Paths in it are relative to the file's own folder. */
const agentConfig = section({
  node: name,
  cluster: name,
  /** Of the control plane's API; several are tried in turn. */
  endpoints: z.array(z.url({ protocol: /^https?$/, error: 'give a URL: https://…' })).min(1),
  /** What requests are signed for. */
  region: z.string().min(1).default('us-east-1'),
  /** Where the agent's identity stands; left out, the AWS SDK looks in its usual places. */
  credentials: section({ file: z.string().min(1), profile: z.string().min(1).default('default') }).optional(),
  /** The journal, and the services' records and logs. */
  stateFolder: z.string().min(1),
  /** Of the presence server, as both nodes of a group must have it [B2]. */
  softwareVersion: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^|]*$/, 'give a version without "|"'),
  services,
  supervision: section({
    /** Between two looks at a service. */
    probeIntervalSeconds: seconds(1),
    /** Until a port that does not answer counts as silent. */
    probeTimeLimitSeconds: seconds(1),
    /** Until a service that was started has to answer. */
    startTimeLimitSeconds: seconds(60),
    /** For a service to end by itself, before it is killed. */
    stopTimeLimitSeconds: seconds(20),
  }).prefault({}),
  /** The front process (front.ts) whose run file and port these are. */
  gate: section({ kind: z.literal('front', 'give front'), runFile: z.string().min(1), port }),
  /** The operator's own commands; see hooks.ts for what they are told. */
  hooks: section({
    /** Before this node serves its peer's users. */
    onTakeOver: command.optional(),
    /** Before this node serves its own users again. */
    onTakeBack: command.optional(),
    timeLimitSeconds: seconds(30),
  }).prefault({}),
  host: section({
    bootIdFile: z.string().min(1).default(DEFAULT_BOOT_ID_FILE),
    /** Ends with 0 and prints `shutdown` or `reboot` when the host is going down; left out, systemd is asked. */
    goingDownCommand: command.optional(),
    goingDownTimeLimitSeconds: seconds(2),
  }).prefault({}),
  /** Prints the state of the database's replication, 0 to 4; 2 where it is set up [B7]. */
  replicationStateCommand: command.optional(),
  /** The same as a constant, where there is no such command. */
  replicationSetup: z.int('give 0 to 4').min(0).max(4).optional(),
}).refine(
  (config) => (config.replicationStateCommand === undefined) !== (config.replicationSetup === undefined),
  'give either replicationStateCommand or replicationSetup',
)

export type AgentConfig = z.infer<typeof agentConfig>

/** Throws one Error that lists everything that is wrong with the file, with its place and what would be right. */
export function loadAgentConfig(file: string): AgentConfig {
  const document = parseDocument(readConfigFile(file))
  if (document.errors.length > 0) {
    throw new Error(`${file} is not YAML:\n${document.errors.map(({ message }) => message).join('\n')}`)
  }
  const parsed = agentConfig.safeParse(document.toJS(), {
    error: ({ input, expected }) => (input === undefined ? `is missing: give a ${expected}` : undefined),
  })
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top level)'}: ${issue.message}`)
    throw new Error(`${file} cannot be used:\n${lines.join('\n')}`)
  }
  return withAbsolutePaths(parsed.data, path.dirname(path.resolve(file)))
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`the agent's configuration cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function withAbsolutePaths(config: AgentConfig, folder: string): AgentConfig {
  const absolute = (file: string) => path.resolve(folder, file)
  const { credentials, gate, host } = config
  return {
    ...config,
    stateFolder: absolute(config.stateFolder),
    credentials: credentials && { ...credentials, file: absolute(credentials.file) },
    gate: { ...gate, runFile: absolute(gate.runFile) },
    host: { ...host, bootIdFile: absolute(host.bootIdFile) },
  }
}
