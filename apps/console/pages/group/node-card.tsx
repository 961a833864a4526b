import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { ReactNode } from 'react'
import { GATES } from '../../../../domain/readiness.ts'
import { reasonLabel, stateMeaning } from '../../../../domain/states.ts'
import type { NodeStatus, ServiceStatus } from '../../../client/answers.ts'
import { capital } from '../../../client/words/text.ts'
import { duration } from '../../../client/words/time.ts'
import { callerName } from '../../../client/words/words.ts'
import { ServiceText, StateText } from '../../parts/state.tsx'
import { Ago, Countdown, Lasting, Moment, useNow } from '../../parts/time.tsx'
import { type Door, servingOf } from './serving.ts'

interface NodeCardProps {
  node: NodeStatus
  /** What is configured; undefined: not known yet. */
  configuredVersion: string | undefined
}

/** All about one node of the group. */
export function NodeCard({ node, configuredVersion }: NodeCardProps) {
  return (
    <Container fitHeight header={<Header variant="h3">{node.node}</Header>}>
      <SpaceBetween size="l">
        <div>
          <Box fontSize="heading-m">
            <StateText state={node.state} />
          </Box>
          <Box color="text-body-secondary">{capital(stateMeaning(node.state))}.</Box>
        </div>
        <KeyValuePairs
          columns={2}
          minColumnWidth={130}
          items={[
            { label: 'Reason', value: reasonLabel(node.reason) },
            { label: 'In this state', value: <Since at={node.since} /> },
            { label: 'Last heartbeat', value: <Heartbeat node={node} /> },
            { label: 'Users at home', value: node.users.toLocaleString() },
            { label: 'Serves', value: <Serves node={node} /> },
            { label: 'Doors', value: <Doors node={node} /> },
            { label: 'Gate', value: <Gate node={node} /> },
            {
              label: 'Software version',
              value: <Version reported={node.softwareVersion} configured={configuredVersion} />,
            },
            ...(node.maintenance ? [{ label: 'Maintenance', value: <Maintained node={node} /> }] : []),
          ]}
        />
        <Services node={node} />
      </SpaceBetween>
    </Container>
  )
}

const Since = ({ at }: { at: string }) => (
  <>
    <Lasting since={at} />
    <Box color="text-body-secondary" fontSize="body-s">
      since <Moment at={at} />
    </Box>
  </>
)

function Heartbeat({ node: { lastHeartbeatAt, reachable } }: { node: NodeStatus }) {
  if (lastHeartbeatAt === null) return <StatusIndicator type="error">never heard</StatusIndicator>
  return reachable ? (
    <StatusIndicator type="success">
      <Ago at={lastHeartbeatAt} />
    </StatusIndicator>
  ) : (
    <StatusIndicator type="error">
      silent for <Lasting since={lastHeartbeatAt} />
    </StatusIndicator>
  )
}

const Serves = ({ node: { serves } }: { node: NodeStatus }) => (
  <>{serves.length === 0 ? 'nobody' : `the users of ${serves.join(' and ')}`}</>
)

function Doors({ node }: { node: NodeStatus }) {
  const { doors } = servingOf({ nodes: [node] }, useNow())
  if (doors.length === 0) return <StatusIndicator type="stopped">all closed</StatusIndicator>
  return (
    <>
      {doors.map((door) => (
        <div key={door.usersOf}>
          <DoorText door={door} />
        </div>
      ))}
    </>
  )
}

const DOOR_INDICATORS = { open: 'success', opening: 'in-progress', closing: 'in-progress', lapsed: 'stopped' } as const
const DOOR_WORDS = { open: 'open', opening: 'opening', closing: 'closing', lapsed: 'closed: the lease has lapsed' }

const DoorText = ({ door: { usersOf, passage, closesAt, leaseMs } }: { door: Door }): ReactNode => (
  <>
    <StatusIndicator type={DOOR_INDICATORS[passage]}>
      for the users of {usersOf}: {DOOR_WORDS[passage]}
    </StatusIndicator>
    {(leaseMs !== null || closesAt !== null) && (
      <Box color="text-body-secondary" fontSize="body-s">
        {closesAt === null ? (
          `lease of ${duration(leaseMs ?? 0)}, renewed by heartbeats`
        ) : (
          <>
            its lease lapses within <Countdown until={closesAt} />
          </>
        )}
      </Box>
    )}
  </>
)

const Gate = ({ node: { gate, fenced } }: { node: NodeStatus }) => (
  <>
    {GATES[gate]}
    {fenced && (
      <div>
        <StatusIndicator type="warning">fenced on the node itself</StatusIndicator>
      </div>
    )}
  </>
)

function Version({ reported, configured }: { reported: string; configured: string | undefined }) {
  if (reported === '') return <>not reported{configured === undefined ? '' : ` (configured: ${configured})`}</>
  if (configured === undefined || configured === reported) return reported
  return (
    <StatusIndicator type="warning">
      {reported}, but {configured} is configured
    </StatusIndicator>
  )
}

const Maintained = ({ node: { maintenance } }: { node: NodeStatus }) =>
  maintenance && (
    <>
      <StatusIndicator type="info">{maintenance.reason}</StatusIndicator>
      <Box color="text-body-secondary" fontSize="body-s">
        {callerName(maintenance.by)},{' '}
        {maintenance.until === null ? (
          'until somebody ends it'
        ) : (
          <>
            ends in <Countdown until={maintenance.until} />
          </>
        )}
      </Box>
    </>
  )

function Services({ node }: { node: NodeStatus }) {
  const services: [name: string, service: ServiceStatus][] = [
    ...Object.entries(node.criticalServices),
    ['Database service', node.databaseService],
  ]
  return (
    <table className="services">
      <caption>Services of {node.node}</caption>
      <thead>
        <tr>
          <th scope="col">Service</th>
          <th scope="col">State</th>
          <th scope="col">For</th>
        </tr>
      </thead>
      <tbody>
        {services.map(([name, { state, since }]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <ServiceText state={state} />
            </td>
            <td>
              <Lasting since={since} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
