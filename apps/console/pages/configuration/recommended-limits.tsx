import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import { isWideEnough } from '../../../../domain/re-login.ts'
import type { NodeAnswer } from '../../../client/configuration-api.ts'
import type { Draft } from './fields.ts'

const LOWER = 'clientReLogin.lowerLimitSeconds'
const UPPER = 'clientReLogin.upperLimitSeconds'

/** The limits of re-login that fit the users of the group, beside those that are typed; a button takes them over. */
export function RecommendedLimits({
  node: { recommendedReLogin: wanted },
  draft,
  onTake,
}: {
  node: NodeAnswer
  draft: Draft
  onTake: (limits: Record<string, string>) => void
}) {
  if (wanted === null) {
    return (
      <Box color="text-body-secondary">
        The node stands alone: nobody moves, and no re-login limits are recommended.
      </Box>
    )
  }
  const { lowerLimitSeconds, upperLimitSeconds, users, usersPerSecond } = wanted
  const typed = { lowerLimitSeconds: Number(draft[LOWER]), upperLimitSeconds: Number(draft[UPPER]) }
  const isSame = typed.lowerLimitSeconds === lowerLimitSeconds && typed.upperLimitSeconds === upperLimitSeconds
  return (
    <Alert
      type={isWideEnough(typed, wanted) ? 'info' : 'warning'}
      header={`Recommended for re-login: ${lowerLimitSeconds}–${upperLimitSeconds} s`}
      action={
        <Button
          formAction="none"
          disabled={isSame}
          disabledReason="These are the recommended ones."
          onClick={() => onTake({ [LOWER]: String(lowerLimitSeconds), [UPPER]: String(upperLimitSeconds) })}
        >
          Take them over
        </Button>
      }
    >
      For {users.toLocaleString()} {users === 1 ? 'user' : 'users'} who may come at once, and{' '}
      {usersPerSecond.toLocaleString()} logins a second by the capacity class that is configured.
      {isWideEnough(typed, wanted) ? '' : ' Between the limits typed, more would come than the node lets in.'}
    </Alert>
  )
}
