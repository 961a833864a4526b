import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { ProblemError, UnreachableError } from '../../client/problem.ts'

/** What the error says, in one sentence or two. */
export function problemText(error: unknown): string {
  if (error instanceof UnreachableError) return 'The API cannot be reached. Is the network up?'
  return error instanceof Error ? error.message : String(error)
}

/** An error of a call, with all that the API said, and what one can do. */
export function ProblemAlert({ error, header, onRetry }: { error: unknown; header?: string; onRetry?: () => void }) {
  const problem = error instanceof ProblemError ? error.problem : null
  const detail = problemText(error)
  const unsaid = (problem?.errors ?? []).filter(({ message }) => !detail.includes(message))
  const requestId = problem && problem.status >= 500 ? problem.requestId : undefined
  return (
    <Alert
      type={problem?.status === 409 ? 'warning' : 'error'}
      header={header ?? problem?.title ?? 'It did not work'}
      action={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      {detail}
      {unsaid.length > 0 && (
        <ul>
          {unsaid.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code>{path}</code>: {message}
            </li>
          ))}
        </ul>
      )}
      {typeof requestId === 'string' && <p>Request id: {requestId}</p>}
    </Alert>
  )
}
