import {
  colorChartsStatusHigh,
  colorChartsStatusInfo,
  colorChartsStatusLow,
  colorChartsStatusNeutral,
  colorChartsStatusPositive,
  colorTextBodyDefault,
} from '@cloudscape-design/design-tokens'
import type { Tone } from '../../../../client/words/words.ts'
import type { EntryKind } from './entry-kinds.ts'

/** Those of Cloudscape's charts, for light and dark. */
export const TONE_COLORS: Readonly<Record<Tone, string>> = {
  good: colorChartsStatusPositive,
  busy: colorChartsStatusInfo,
  warning: colorChartsStatusLow,
  bad: colorChartsStatusHigh,
  quiet: colorChartsStatusNeutral,
}

/** Each kind has a form of its own, around 0,0: nobody has to tell it by its colour. */
const FORMS: Readonly<Record<EntryKind, string>> = {
  state: 'M-5,-5H5V5H-5Z',
  transition: 'M-6,-3H1V-6L7,0L1,6V3H-6Z',
  command: 'M-4,-6L6,0L-4,6Z',
  refusal: 'M-6,-4L-4,-6L0,-2L4,-6L6,-4L2,0L6,4L4,6L0,2L-4,6L-6,4L-2,0Z',
  incident: 'M0,-7L7,0L0,7L-7,0Z',
  held: 'M-5,-6H-1V6H-5ZM1,-6H5V6H1Z',
  service: 'M-6,-5H6L0,6Z',
  node: 'M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0Z',
  maintenance: 'M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z',
  configuration: 'M-3,-6H3L6,0L3,6H-3L-6,0Z',
}

export const Form = ({ kind, tone }: { kind: EntryKind; tone: Tone }) => (
  <path
    d={FORMS[kind]}
    // What is up again points up.
    transform={kind === 'service' && tone === 'good' ? 'rotate(180)' : undefined}
    style={{ fill: TONE_COLORS[tone], stroke: colorTextBodyDefault, strokeWidth: 0.75 }}
  />
)

/** What tells apart the bars of one tone: number 0 is plain. */
const PATTERNS = ['', 'M0,8L8,0', 'M0,0L8,8', 'M0,4H8', 'M4,0V8']
const ID = 'history-pattern'

export const PatternDefinitions = () => (
  <defs>
    {PATTERNS.map((path, index) => (
      <pattern key={path} id={`${ID}-${index}`} width="8" height="8" patternUnits="userSpaceOnUse">
        <path d={path} style={{ stroke: colorTextBodyDefault, strokeWidth: 1, strokeOpacity: 0.28 }} />
      </pattern>
    ))}
  </defs>
)

interface SwatchProps {
  x: number
  y: number
  width: number
  height: number
  tone: Tone
  pattern: number
}

/** A bar's body: its tone faintly, so that words can be read on it, and strongly along its upper edge. */
export const Swatch = ({ tone, pattern, ...place }: SwatchProps) => {
  const color = TONE_COLORS[tone]
  return (
    <>
      <rect {...place} rx={2} style={{ fill: color, fillOpacity: 0.3 }} />
      {pattern > 0 && <rect {...place} rx={2} fill={`url(#${ID}-${pattern % PATTERNS.length})`} />}
      <rect {...place} height={4} style={{ fill: color }} />
    </>
  )
}
