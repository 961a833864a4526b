import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import type { Plan } from '../../../../domain/plan.ts'
import { WANTED } from '../../../../domain/refusal.ts'
import type { GroupStatus, TransitionKind } from '../../../client/answers.ts'
import { ProblemError } from '../../../client/problem.ts'
import { keyOf } from '../../live/group-board.ts'
import { useSession } from '../../session/session.tsx'
import { COMMANDS, isAllowed, KINDS, standingKey } from './commands.ts'

const CommandDialog = lazy(() => import('./command-dialog.tsx'))

/** Why a command is refused, in the API's own words: it is asked for a dry run. Undefined: not known, or it is allowed. */
export function useRefusal(
  status: GroupStatus,
  kind: TransitionKind,
  node: string | undefined,
  isWanted = true,
): string | undefined {
  const { inCluster } = useSession()
  const { cluster, group } = status
  const { data } = useQuery({
    // It holds as long as the state is the same, whatever events come meanwhile.
    queryKey: ['refusal', keyOf(cluster, group), kind, node, standingKey(status)],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      inCluster(cluster)
        .dryRun(kind, group, node)
        .then(
          () => '',
          (error: unknown) => {
            if (error instanceof ProblemError && error.status < 500) return error.problem.detail
            throw error
          },
        ),
    enabled: isWanted && !isAllowed(status, kind, node),
    retry: false,
  })
  return data || undefined
}

interface CommandButtonsProps {
  status: GroupStatus
  /** A command was taken: the transition it began, and what was planned. */
  onBegun: (begun: { id: string; plan: Plan }) => void
}

/** Failover, Fallback, Recover: enabled by what the state allows, and why not where they are not. */
export function CommandButtons({ status, onBegun }: CommandButtonsProps) {
  const [asked, setAsked] = useState<TransitionKind | null>(null)
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {KINDS.map((kind) => (
          <CommandButton key={kind} status={status} kind={kind} onClick={() => setAsked(kind)} />
        ))}
      </SpaceBetween>
      {asked && (
        <Suspense>
          <CommandDialog kind={asked} status={status} onBegun={onBegun} onEnd={() => setAsked(null)} />
        </Suspense>
      )}
    </>
  )
}

interface CommandButtonProps {
  status: GroupStatus
  kind: TransitionKind
  onClick: () => void
}

/** Why it is not possible is known roughly at once, and in the API's words when somebody looks for it. */
function CommandButton({ status, kind, onClick }: CommandButtonProps) {
  const [isLookedAt, setLookedAt] = useState(false)
  const why = useRefusal(status, kind, kind === 'recovery' ? undefined : status.nodes[0]?.node, isLookedAt)
  const look = () => setLookedAt(true)
  const refused = isAllowed(status, kind)
    ? {}
    : { disabled: true, disabledReason: why ?? `${WANTED[kind]}. ${status.explanation}` }
  return (
    <span onPointerEnter={look} onFocusCapture={look}>
      <Button onClick={onClick} {...refused}>
        {COMMANDS[kind].button}
      </Button>
    </span>
  )
}
