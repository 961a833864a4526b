import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { admin } from './admin/config-admin.ts'
import { command, name, port, seconds, section } from './config-values.ts'
import { gate } from './gate/config-gate.ts'
import { DEFAULT_BOOT_ID_FILE } from './host.ts'
import { services, supervision } from './services/config-services.ts'
import { sessions } from './sessions/config-sessions.ts'

/** The agent's one configuration file (YAML). Paths in it are relative to the file's own folder. */
export const agentConfig = section({
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
  supervision,
  gate,
  /** The agents' own road to each other: datagrams (UDP) on the service port of the cluster. */
  peerLink: section({
    /** Of this node, where the peer's datagrams arrive. */
    address: z.string().min(1).default('0.0.0.0'),
    /** Where it is another than the cluster's service port: two agents on one machine need two. */
    port: port.optional(),
    /** Of the peer, where it is another than its host name, and than the cluster's service port. */
    peerAddress: z.string().min(1).optional(),
    peerPort: port.optional(),
  }).prefault({}),
  admin,
  /** The operator's own commands; see hooks.ts for what they are told. One runs at a time. */
  hooks: section({
    /** Before this node serves its peer's users. */
    onTakeOver: command.optional(),
    /** Before this node serves its own users again. */
    onTakeBack: command.optional(),
    /** This node has let go of a set of users: its door was closed, as it is not granted any more. */
    onRelease: command.optional(),
    /** A door has closed by itself: the lease lapsed, so this node has lost contact. */
    onFence: command.optional(),
    /** Suspended sessions, on its standard input, are to be re-created here; it has limits of its own, in `sessions`. */
    onRestoreSessions: command.optional(),
    timeLimitSeconds: seconds().default(30),
  }).prefault({}),
  sessions,
  host: section({
    bootIdFile: z.string().min(1).default(DEFAULT_BOOT_ID_FILE),
    /** Ends with 0 and prints `shutdown` or `reboot` when the host is going down; left out, systemd is asked. */
    goingDownCommand: command.optional(),
    goingDownTimeLimitSeconds: seconds().default(2),
  }).prefault({}),
  /** Prints the state of the database's replication, 0 to 4; 2 where it is set up [B7]. */
  replicationStateCommand: command.optional(),
  replication: section({
    intervalSeconds: seconds().default(60),
    timeLimitSeconds: seconds().default(10),
    /** How many askings in a row may fail before the state counts as 0. */
    fall: z.int('give a count').min(1).max(100).default(2),
  }).prefault({}),
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
  const { admin, credentials, gate, host } = config
  return {
    ...config,
    stateFolder: absolute(config.stateFolder),
    admin: admin.tokenFile === undefined ? admin : { ...admin, tokenFile: absolute(admin.tokenFile) },
    credentials: credentials && { ...credentials, file: absolute(credentials.file) },
    gate: gate.kind === 'front' ? { ...gate, runFile: absolute(gate.runFile) } : gate,
    host: { ...host, bootIdFile: absolute(host.bootIdFile) },
  }
}
