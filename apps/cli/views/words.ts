import type { ServiceState } from '../../../domain/model.ts'
import { type NodeState, type Reason, reasonLabel, stateLabel } from '../../../domain/states.ts'
import { STATE_TONES, type Tone } from '../../client/words/words.ts'
import { paintOf, type View } from './view.ts'

const PAINT = { good: 'green', busy: 'cyan', warning: 'yellow', bad: 'red', quiet: 'dim' } as const

export const toned = (tone: Tone, text: string, view: View): string => paintOf(view)[PAINT[tone]](text)

export const stateWords = (state: NodeState, view: View): string =>
  toned(STATE_TONES[state] ?? 'quiet', stateLabel(state), view)

/** `Idle (On Admin Request)`; the reason Normal says nothing that the state does not. */
export const standing = ({ state, reason }: { state: NodeState; reason: Reason }, view: View): string =>
  stateWords(state, view) + (reason === 'Normal' ? '' : paintOf(view).dim(` (${reasonLabel(reason)})`))

const SERVICE_MARKS: Readonly<Record<ServiceState, [mark: string, tone: Tone]>> = {
  running: ['●', 'good'],
  starting: ['◌', 'busy'],
  stopped: ['○', 'warning'],
  failed: ['✖', 'bad'],
  unknown: ['?', 'quiet'],
}

const LONGEST_SERVICE_STATE = 8

export function serviceWords(state: ServiceState, view: View): string {
  const [mark, tone] = SERVICE_MARKS[state] ?? SERVICE_MARKS.unknown
  return toned(tone, `${mark} ${state.padEnd(LONGEST_SERVICE_STATE)}`, view)
}
