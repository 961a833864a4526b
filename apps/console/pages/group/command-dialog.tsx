import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Plan } from '../../../../domain/plan.ts'
import type { GroupStatus, TransitionKind } from '../../../client/answers.ts'
import { transitionName } from '../../../client/words/words.ts'
import { keyOf } from '../../live/group-board.ts'
import { useRefreshGroup } from '../../live/live.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useNotices } from '../../parts/notices.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { useRefusal } from './command-buttons.tsx'
import { COMMANDS, isAllowed, onlyNode, standingKey } from './commands.ts'
import { PlanView } from './plan-view.tsx'

interface CommandDialogProps {
  kind: TransitionKind
  status: GroupStatus
  onBegun: (begun: { id: string; plan: Plan }) => void
  onEnd: () => void
}

/** Asks before a failover, fallback or recovery: it shows what would be done, and whom it disconnects. */
export default function CommandDialog({ kind, status, onBegun, onEnd }: CommandDialogProps) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const refresh = useRefreshGroup()
  const { cluster, group } = status
  const api = inCluster(cluster)
  const [chosen, setChosen] = useState(() => onlyNode(status, kind))
  const node = kind === 'recovery' ? undefined : chosen
  // A key for each thing asked for: the same key is refused for another node.
  const [keys] = useState(() => new Map<string, string>())
  const isChosen = kind === 'recovery' || node !== undefined
  // From then on the state is another one by our own doing, which is no news to who confirms.
  const [isAsked, setAsked] = useState(false)
  const dryRun = useQuery({
    queryKey: ['group', keyOf(cluster, group), 'dry-run', kind, node, standingKey(status)],
    queryFn: () => api.dryRun(kind, group, node),
    enabled: isChosen && !isAsked,
    retry: false,
    // What one is about to confirm must not be older than the dialog.
    gcTime: 0,
  })
  const plan = dryRun.isError ? undefined : dryRun.data?.plan
  const { button, title } = COMMANDS[kind]
  return (
    <Dialog
      title={`${title} ${kind === 'recovery' ? group : kind === 'failover' ? `a node of ${group}` : `in ${group}`}`}
      action={button}
      size="large"
      isReady={plan !== undefined}
      onEnd={onEnd}
      onConfirm={async () => {
        const key = keys.get(node ?? '') ?? crypto.randomUUID()
        keys.set(node ?? '', key)
        setAsked(true)
        const { transition } = await api.begin(kind, group, node, key).catch((error: unknown) => {
          setAsked(false)
          throw error
        })
        if (plan) onBegun({ id: transition.id, plan })
        tell({ type: 'success', text: `${transitionName(transition)} has begun.` })
        await refresh(cluster, group).catch(() => undefined)
      }}
    >
      {kind !== 'recovery' && <NodeChoice kind={kind} status={status} chosen={chosen} onChoose={setChosen} />}
      {!isChosen && <Box color="text-body-secondary">Choose the node: then you see what would happen.</Box>}
      {dryRun.isError && <ProblemAlert error={dryRun.error} onRetry={() => void dryRun.refetch()} />}
      {isChosen && !plan && !dryRun.isError && (
        <div role="status">
          <Spinner /> Asking what would happen
        </div>
      )}
      {plan && <PlanView plan={plan} />}
    </Dialog>
  )
}

interface NodeChoiceProps {
  kind: TransitionKind
  status: GroupStatus
  chosen: string | undefined
  onChoose: (node: string) => void
}

function NodeChoice({ kind, status, chosen, onChoose }: NodeChoiceProps) {
  const [one, two] = status.nodes.map(({ node }) => node)
  const refusals = [useRefusal(status, kind, one), useRefusal(status, kind, two)]
  return (
    <FormField label={COMMANDS[kind].node} stretch>
      <RadioGroup
        ariaRequired
        value={chosen ?? null}
        onChange={({ detail }) => onChoose(detail.value)}
        items={status.nodes.map(({ node, users }, index) => {
          const isPossible = isAllowed(status, kind, node)
          return {
            value: node,
            label: node,
            disabled: !isPossible,
            description: isPossible
              ? `${users.toLocaleString()} ${users === 1 ? 'user' : 'users'} at home there`
              : (refusals[index] ?? 'Not possible as things are.'),
          }
        })}
      />
    </FormField>
  )
}
