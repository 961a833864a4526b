import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Icon from '@cloudscape-design/components/icon'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import {
  colorBackgroundContainerContent,
  colorBorderDividerDefault,
  colorTextBodyDefault,
  colorTextStatusError,
  colorTextStatusInfo,
  colorTextStatusSuccess,
  colorTextStatusWarning,
} from '@cloudscape-design/design-tokens'
import type { CSSProperties } from 'react'
import type { GroupStatus, NodeStatus } from '../../../client/answers.ts'
import { STATE_TONES, type Tone } from '../../../client/words/words.ts'
import { useNarrow } from '../../parts/narrow.ts'
import { StateText } from '../../parts/state.tsx'
import { Countdown, Lasting, useNow } from '../../parts/time.tsx'
import { type Door, type Passage, servingOf, servingSentences, type Users } from './serving.ts'
import './serving-picture.css'

const COLOURS = {
  '--serving-good': colorTextStatusSuccess,
  '--serving-busy': colorTextStatusInfo,
  '--serving-warning': colorTextStatusWarning,
  '--serving-bad': colorTextStatusError,
  '--serving-quiet': colorBorderDividerDefault,
  '--serving-background': colorBackgroundContainerContent,
  color: colorTextBodyDefault,
} as CSSProperties

/** Who serves whom: the users of each home at the left, the nodes at the right, and the doors between them. */
export function ServingPicture({ status }: { status: GroupStatus }) {
  const nowMs = useNow()
  const serving = servingOf(status, nowMs)
  const names = status.nodes.map(({ node }) => node)
  return (
    <Container fitHeight header={<Header variant="h2">Who serves whom</Header>}>
      <figure className="serving" style={COLOURS}>
        <div className="serving-scene" aria-hidden="true">
          {serving.users.map((users) => (
            <UsersBox key={users.of} users={users} />
          ))}
          <Doors names={names} doors={serving.doors} />
          {status.nodes.map((node) => (
            <NodeBox key={node.node} node={node} />
          ))}
        </div>
        <figcaption className="serving-words" aria-live="polite">
          {servingSentences(serving).map((sentence) => (
            <Box key={sentence} color="text-body-secondary">
              {sentence}
            </Box>
          ))}
        </figcaption>
      </figure>
    </Container>
  )
}

const UsersBox = ({ users: { of, count, at } }: { users: Users }) => (
  <div className={`serving-users ${at === null ? 'is-bad' : at === of ? 'is-good' : 'is-warning'}`}>
    <div className="serving-title">
      <Icon name="group" /> Users of {of}
    </div>
    <Box fontSize="heading-l" fontWeight="bold">
      {count.toLocaleString()}
    </Box>
    {at === null ? (
      <StatusIndicator type="error">served by nobody</StatusIndicator>
    ) : (
      <StatusIndicator type={at === of ? 'success' : 'warning'}>{at === of ? 'at home' : `at ${at}`}</StatusIndicator>
    )}
  </div>
)

const toneOf = ({ state, reachable }: NodeStatus): Tone => (reachable ? STATE_TONES[state] : 'bad')

const NodeBox = ({ node }: { node: NodeStatus }) => (
  <div className={`serving-node is-${toneOf(node)}`}>
    <Box fontSize="heading-m" fontWeight="bold">
      {node.node}
    </Box>
    <StateText state={node.state} />
    {!node.reachable && (
      <div>
        <StatusIndicator type="error">
          not heard
          {node.lastHeartbeatAt && (
            <>
              {' '}
              for <Lasting since={node.lastHeartbeatAt} />
            </>
          )}
        </StatusIndicator>
      </div>
    )}
    {node.fenced && <StatusIndicator type="warning">fenced</StatusIndicator>}
  </div>
)

const WHERE = [25, 75] as const

/** A line leaves the users and comes to the node level, whatever row each is in. */
const wayOf = (from: number, to: number): string => `M 0 ${from} C 50 ${from} 50 ${to} 100 ${to}`

/** Every door that there can be has its line, so that each opens and closes where it is. */
function Doors({ names, doors }: { names: string[]; doors: Door[] }) {
  const isNarrow = useNarrow()
  const isSingle = names.length === 1
  const heightOf = (index: number) => (isSingle ? 50 : (WHERE[index] ?? 50))
  return (
    <div className={`serving-doors${isSingle ? ' is-single' : ''}`}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" focusable="false">
        <title>The doors</title>
        {names.flatMap((usersOf, set) =>
          names.map((node, index) => {
            const door = doors.find((each) => each.usersOf === usersOf && each.node === node)
            return (
              <path
                key={`${usersOf} ${node}`}
                className={`serving-line${door ? ` is-${door.passage}` : ''}`}
                style={{ stroke: `var(--serving-${lineTone(door, usersOf)})` }}
                d={wayOf(heightOf(set), heightOf(index))}
              />
            )
          }),
        )}
      </svg>
      {doors
        .filter(({ passage }) => passage !== 'lapsed')
        .map((door) => (
          <span
            key={`${door.usersOf} ${door.node}`}
            className="serving-door"
            style={labelPlace(heightOf(names.indexOf(door.usersOf)), heightOf(names.indexOf(door.node)))}
          >
            <DoorLabel door={door} isShort={isNarrow} />
          </span>
        ))}
    </div>
  )
}

function lineTone(door: Door | undefined, usersOf: string): Tone {
  if (door?.passage === 'closing') return 'warning'
  if (door?.passage === 'opening') return 'busy'
  return door && door.node !== usersOf ? 'warning' : 'good'
}

/** Two thirds of the way, nearer to the node, whose door it is. */
const labelPlace = (from: number, to: number): CSSProperties =>
  from === to ? { left: '55%', top: `${from}%` } : { left: '60%', top: `${from + (to - from) * 0.65}%` }

const LABELS: Readonly<Record<Passage, string>> = {
  open: 'open',
  opening: 'opening',
  closing: 'closing',
  lapsed: 'closed',
}

const DoorLabel = ({ door: { passage, closesAt }, isShort }: { door: Door; isShort: boolean }) => (
  <>
    {LABELS[passage]}
    {closesAt && !isShort && (
      <>
        , <Countdown until={closesAt} /> at most
      </>
    )}
  </>
)
