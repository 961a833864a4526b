import type { CommandKind } from './model.ts'

/** What an agent does for a command. Each is idempotent: a command that arrives twice acts once. */
export type AgentAction = 'start services' | 'stop services' | 'run hook' | 'restart agent'

export interface AgentRow {
  action: AgentAction
  /** Which hook of the agent's configuration runs, where the action is one. */
  hook?: 'onTakeOver' | 'onTakeBack'
  /** What makes the action safe to repeat. */
  idempotentBecause: string
  why: string
}

/** The second table: the action that answers each command that the policy may give. */
export const AGENT_TABLE: Readonly<Record<CommandKind, AgentRow>> = {
  startServices: {
    action: 'start services',
    idempotentBecause: 'only what does not run is started',
    why: 'A fallback and a recovery need all critical services [B21] [B22]. Nothing else ever starts a failed service.',
  },
  stopServices: {
    action: 'stop services',
    idempotentBecause: 'what is stopped stays stopped',
    why: 'After a manual failover the services stay stopped, across reboots too, until a fallback [B15] [B20].',
  },
  takeOver: {
    action: 'run hook',
    hook: 'onTakeOver',
    idempotentBecause: 'the hook is run again only if its result was never kept',
    why: 'The backup node prepares for the users of its peer before its door opens for them [B27].',
  },
  takeBack: {
    action: 'run hook',
    hook: 'onTakeBack',
    idempotentBecause: 'the hook is run again only if its result was never kept',
    why: 'The home node takes its users back [B27].',
  },
  restart: {
    action: 'restart agent',
    idempotentBecause: 'the next incarnation reports the command of the one before as done',
    why: 'A recovery restarts both recovery managers first [B22].',
  },
}
