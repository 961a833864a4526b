import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Steps from '@cloudscape-design/components/steps'
import type { Plan, PlannedStep } from '../../../../domain/plan.ts'
import { ORDERS, OUTCOMES } from '../../../client/words/commands.ts'
import { duration } from '../../../client/words/time.ts'
import { StateText } from '../../parts/state.tsx'
import { type Disruption, disruptionsOf } from './disruption.ts'

/** What a command would do: first whom it disconnects and for how long, then step by step. */
export function PlanView({ plan }: { plan: Plan }) {
  const disruptions = disruptionsOf(plan)
  return (
    <SpaceBetween size="s">
      <Alert
        type={plan.outcome === 'SUCCEEDED' ? (disruptions.length > 0 ? 'warning' : 'info') : 'error'}
        header={disruptions.length === 0 ? 'Nobody is disconnected' : usersText(disruptions)}
      >
        {disruptions.map((each) => (
          <div key={`${each.usersOf} ${each.from}`}>{disruptionText(each)}</div>
        ))}
        {OUTCOMES[plan.outcome]} All waits together are {duration(plan.atMostSeconds * 1000)} at most.
      </Alert>
      <ExpandableSection headerText="Step by step" defaultExpanded>
        <Steps
          ariaLabel="What would be done"
          steps={plan.steps.map((step) => ({
            status: 'pending',
            statusIconAriaLabel: 'Planned',
            header: <strong>{step.step}</strong>,
            details: <StepDetails step={step} />,
          }))}
        />
      </ExpandableSection>
    </SpaceBetween>
  )
}

const usersText = (disruptions: Disruption[]): string => {
  const count = disruptions.reduce((sum, { users }) => sum + users, 0)
  return `${count.toLocaleString()} ${count === 1 ? 'user is' : 'users are'} disconnected`
}

const disruptionText = ({ usersOf, from, users, to, atMostSeconds }: Disruption): string => {
  const who = `The users of ${usersOf} (${users.toLocaleString()} at present) are disconnected from ${from}`
  return to === null
    ? `${who}, and can log in nowhere then.`
    : `${who}; they can log in to ${to} again after ${duration(atMostSeconds * 1000)} at most.`
}

const StepDetails = ({ step: { nodes, orders, waitsFor, atMostSeconds, rules } }: { step: PlannedStep }) => (
  <>
    {nodes.map(({ node, state, reason, serves }) => (
      <div key={node}>
        <strong>{node}</strong> <StateText state={state} reason={reason} />,{' '}
        {serves.length === 0 ? 'serves nobody' : `serves the users of ${serves.join(' and ')}`}
      </div>
    ))}
    {orders.map(({ node, command }) => (
      <div key={`${node} ${command}`}>
        {node} {ORDERS[command] ?? command}.
      </div>
    ))}
    {waitsFor !== '' && (
      <div>
        Waits for {waitsFor}
        {atMostSeconds === null ? '' : `, ${duration(atMostSeconds * 1000)} at most`}.
      </div>
    )}
    {[...new Map(rules.map((each) => [each.rule, each])).values()].map(({ rule, why }) => (
      <Box key={rule} color="text-body-secondary" fontSize="body-s">
        Rule {rule}: {why}
      </Box>
    ))}
  </>
)
