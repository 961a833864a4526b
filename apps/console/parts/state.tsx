import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { ServiceState } from '../../../domain/model.ts'
import { type NodeState, type Reason, reasonLabel, stateLabel } from '../../../domain/states.ts'
import { STATE_TONES, type Tone } from '../../client/words/words.ts'

export const INDICATORS: Readonly<Record<Tone, StatusIndicatorProps.Type>> = {
  good: 'success',
  busy: 'in-progress',
  warning: 'warning',
  bad: 'error',
  quiet: 'stopped',
}

/** `Idle (On Admin Request)`; the reason Normal says nothing that the state does not. */
export const StateText = ({ state, reason }: { state: NodeState; reason?: Reason }) => (
  <StatusIndicator type={INDICATORS[STATE_TONES[state]]}>
    {stateLabel(state)}
    {reason === undefined || reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`}
  </StatusIndicator>
)

const SERVICES: Readonly<Record<ServiceState, StatusIndicatorProps.Type>> = {
  running: 'success',
  starting: 'in-progress',
  stopped: 'stopped',
  failed: 'error',
  unknown: 'pending',
}

export const ServiceText = ({ state }: { state: ServiceState }) => (
  <StatusIndicator type={SERVICES[state]}>{state}</StatusIndicator>
)
