import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { lazy, Suspense, useState } from 'react'
import type { BrakeStatus } from '../../../client/answers.ts'
import { callerName } from '../../../client/words/words.ts'
import { PageLink, pages } from '../../parts/links.tsx'
import { Ago, Lasting, Moment } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'

const BrakeDialog = lazy(() => import('./brake-dialog.tsx'))

export type BrakeChange = 'hold' | 'release' | 'numbers'

/** The fleet brake: loud where it holds, a line where it does not. */
export function BrakePanel({ brake }: { brake: BrakeStatus }) {
  const { mayChange } = useSession()
  const [change, setChange] = useState<BrakeChange | null>(null)
  const actions = mayChange && (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => setChange('numbers')}>Change numbers</Button>
      <Button onClick={() => setChange(brake.holds ? 'release' : 'hold')}>
        {brake.holds ? 'Release the brake' : 'Hold the brake'}
      </Button>
    </SpaceBetween>
  )
  return (
    <>
      {brake.hold ? (
        <Alert type="error" header="The fleet brake holds: no group fails over for silence" action={actions}>
          {brake.hold.reason} ({callerName(brake.hold.by)}), since <Moment at={brake.hold.since} /> (
          <Lasting since={brake.hold.since} />
          ). <Numbers brake={brake} />
          {brake.heldBack.length > 0 && (
            <ul>
              {brake.heldBack.map(({ cluster, group, node, silentSince }) => (
                <li key={`${cluster}/${group}`}>
                  <PageLink to={pages.group(cluster, group)}>{group}</PageLink> of {cluster}: {node} is not heard for{' '}
                  <Lasting since={silentSince} />
                </li>
              ))}
            </ul>
          )}
        </Alert>
      ) : (
        <ExpandableSection
          variant="container"
          headerText="Fleet brake"
          headerDescription="It does not hold."
          headerActions={actions}
        >
          <Numbers brake={brake} />
          {brake.release && (
            <Box color="text-body-secondary">
              {callerName(brake.release.by)} released it <Ago at={brake.release.at} />.
            </Box>
          )}
        </ExpandableSection>
      )}
      {change && (
        <Suspense>
          <BrakeDialog brake={brake} change={change} onEnd={() => setChange(null)} />
        </Suspense>
      )}
    </>
  )
}

const Numbers = ({ brake: { leastGroups, leastPercent, groups, silentGroups } }: { brake: BrakeStatus }) => (
  <>
    It engages when {leastGroups} {leastGroups === 1 ? 'group' : 'groups'} and {leastPercent} % of all
    {groups === null ? '' : ` (there are ${groups})`} would fail over for silence within two keep-alive timeouts. At
    present {silentGroups} would, or just did.
  </>
)
