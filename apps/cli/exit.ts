import { CommanderError } from 'commander'
import { WhichClusterError } from '../client/api.ts'
import { ConfigurationError } from '../client/configuration-error.ts'
import { NotTheApiError, ProblemError } from '../client/problem.ts'
import { refusal } from './views/refusal.ts'
import type { View } from './views/view.ts'

/** Exit codes, as scripts know them (api.md). */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, notFound: 4, timedOut: 5 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command with an exit code and one clear message. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode
  /** Stable, for scripts that read the error as JSON. */
  readonly code: string

  constructor(exitCode: ExitCode, code: string, message: string) {
    super(message)
    this.exitCode = exitCode
    this.code = code
  }
}

const CODE_OF_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  404: EXIT.notFound,
  409: EXIT.refused,
  422: EXIT.usage,
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode
  if (error instanceof ProblemError) return CODE_OF_STATUS[error.status] ?? EXIT.failed
  if (error instanceof ConfigurationError) return EXIT.usage
  if (error instanceof WhichClusterError) return error.clusters.length === 0 ? EXIT.notFound : EXIT.usage
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  return EXIT.failed
}

/** The error for a person. */
export function errorText(error: unknown, view: View): string {
  if (error instanceof ProblemError) return problemText(error, view)
  if (error instanceof WhichClusterError && error.clusters.length > 0)
    return `there are several clusters: add --cluster with one of ${error.clusters.join(', ')}`
  return error instanceof Error ? error.message : String(error)
}

/** The gateway says no more than that it is forbidden. */
const FORBIDDEN =
  '  Whoever signs needs the policy of an operator or a viewer; who that is: aws sts get-caller-identity, with the same profile.'

function problemText({ problem, status }: ProblemError, view: View): string {
  if (status === 409) return refusal(problem, view)
  const { title, detail, errors = [], requestId } = problem
  const unsaid = errors.filter(({ message }) => !detail.includes(message))
  const lines = [
    detail === title ? detail : `${title}: ${detail}`,
    ...unsaid.map((one) => `  ${one.path}: ${one.message}`),
  ]
  if (status === 403) lines.push(FORBIDDEN)
  if (status >= 500 && typeof requestId === 'string') lines.push(`  request id: ${requestId}`)
  return lines.join('\n')
}

/** The error for a program: the API's own problem document, or one of the same shape. */
export function errorDocument(error: unknown, view: View): Record<string, unknown> {
  if (error instanceof ProblemError) return error.problem
  const code = codeOf(error)
  return { type: 'about:blank', title: 'The command failed', detail: errorText(error, { ...view, color: false }), code }
}

function codeOf(error: unknown): string {
  if (error instanceof CliError) return error.code
  if (error instanceof WhichClusterError) return error.clusters.length === 0 ? 'NoCluster' : 'WhichCluster'
  if (error instanceof NotTheApiError) return 'NotTheApi'
  return error instanceof Error ? error.name : 'Error'
}
