import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { usersToMove } from '../../../client/rebalance.ts'
import { userCount } from '../../../client/words/pace.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'
import { useRebalance } from './rebalance-panel.tsx'
import { RebalanceRun } from './rebalance-run.ts'

/** Says what would move, and begins it. */
export function RebalanceDialog({ cluster, onEnd }: { cluster: string; onEnd: () => void }) {
  const { inCluster } = useSession()
  const queries = useQueryClient()
  const [, begin] = useRebalance(cluster)
  const [logOut, setLogOut] = useState(false)
  const [asked] = useState(() => crypto.randomUUID())
  const { data: plan, error } = useQuery({
    queryKey: ['users', cluster, 'rebalance', asked],
    queryFn: () => inCluster(cluster).users.rebalance({ dryRun: true }),
    // What one agrees to stays as one saw it.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const isLevel = plan?.moves.length === 0
  return (
    <Dialog
      title="Rebalance the users"
      action={plan && !isLevel ? `Move ${userCount(usersToMove(plan))}` : 'Move'}
      isReady={plan !== undefined && !isLevel}
      size="large"
      onEnd={onEnd}
      onConfirm={async () => {
        if (!plan) return
        const { users } = inCluster(cluster)
        const onEndOfRun = () => void queries.invalidateQueries({ queryKey: ['users', cluster] })
        const run = new RebalanceRun({ users, plan, logOut, onEnd: onEndOfRun })
        begin(run)
        void run.carryOut()
      }}
    >
      {error && <ProblemAlert error={error} />}
      {!plan && !error && <StatusIndicator type="loading">Asking what would move</StatusIndicator>}
      {isLevel && <StatusIndicator type="success">The users are level: nobody has to move.</StatusIndicator>}
      {plan && !isLevel && (
        <>
          <Table
            variant="embedded"
            items={plan.nodes}
            trackBy="node"
            ariaLabels={{ tableLabel: 'Nodes before and after' }}
            columnDefinitions={[
              { id: 'node', header: 'Node', cell: ({ node }) => node, isRowHeader: true },
              { id: 'group', header: 'Group', cell: ({ group }) => group },
              { id: 'users', header: 'Users', cell: ({ users }) => users.toLocaleString() },
              { id: 'fair', header: 'Fair share', cell: ({ fairShare }) => fairShare.toLocaleString() },
            ]}
          />
          <Box>
            <ul>
              {plan.moves.map(({ from, to, users }) => (
                <li key={`${from} ${to}`}>
                  {userCount(users)} from {from} to {to}
                </li>
              ))}
            </ul>
          </Box>
          <Checkbox
            checked={logOut}
            onChange={({ detail }) => setLogOut(detail.checked)}
            description="They are disconnected, and log in at their new home. Otherwise they stay where they are."
          >
            Move also those who are logged in
          </Checkbox>
        </>
      )}
    </Dialog>
  )
}
