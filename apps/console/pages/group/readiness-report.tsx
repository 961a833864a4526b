import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import type { Readiness, ReadinessCheck } from '../../../../domain/readiness.ts'
import { keyOf } from '../../live/group-board.ts'
import { ProblemAlert } from '../../parts/problem.tsx'
import { useSession } from '../../session/session.tsx'

/** Whether the group is ready for high availability, asked anew whenever it is shown. */
export function useReadiness(cluster: string, group: string) {
  const { inCluster } = useSession()
  return useQuery({
    queryKey: ['group', keyOf(cluster, group), 'readiness'],
    queryFn: () => inCluster(cluster).configuration.readiness(group),
    retry: false,
    staleTime: 0,
  })
}

/** Each check: what was found, and what to do where it does not pass; the worst first. */
export function ReadinessReport({ asked, group }: { asked: ReturnType<typeof useReadiness>; group: string }) {
  const again = (
    <Button onClick={() => void asked.refetch()} loading={asked.isFetching} iconName="refresh">
      Check again
    </Button>
  )
  if (asked.error) return <ProblemAlert error={asked.error} onRetry={() => void asked.refetch()} />
  if (!asked.data) return <StatusIndicator type="loading">Checking</StatusIndicator>
  const { ready } = asked.data
  return (
    <SpaceBetween size="s">
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <StatusIndicator type={ready ? 'success' : 'error'}>
          {group} is {ready ? 'ready' : 'not ready'} for high availability
        </StatusIndicator>
        {again}
      </SpaceBetween>
      <ul className="checks">
        {byGravity(asked.data).map((check) => (
          <li key={check.check}>
            <Check check={check} />
          </li>
        ))}
      </ul>
    </SpaceBetween>
  )
}

const gravity = ({ ok, severity }: ReadinessCheck): number => (ok ? 2 : severity === 'warning' ? 1 : 0)
const byGravity = ({ checks }: Readiness): ReadinessCheck[] =>
  checks.toSorted((one, other) => gravity(one) - gravity(other))

const Check = ({ check: { check, ok, severity, found, remedy } }: { check: ReadinessCheck }) => (
  <>
    <StatusIndicator type={ok ? 'success' : severity} iconAriaLabel={ok ? 'passes' : severity}>
      {check}: {found}
    </StatusIndicator>
    {remedy && <Box color="text-body-secondary">{remedy}</Box>}
  </>
)
