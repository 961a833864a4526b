import {
  colorBorderDividerDefault,
  colorBorderItemFocused,
  colorChartsLineGrid,
  colorTextBodyDefault,
  colorTextBodySecondary,
} from '@cloudscape-design/design-tokens'
import { clip } from '../../../../client/words/text.ts'
import type { Lane } from './lanes.ts'
import { Form, PatternDefinitions, Swatch, TONE_COLORS } from './looks.tsx'
import { entriesOf, type Item, tickText } from './picture.ts'
import type { Extent, Window } from './zoom.ts'

const AXIS_HEIGHT = 26
const BAR_HEIGHT = 26
const GAP = 8
const GUTTER = 132
/** Where there is less room, the names of the lanes stand above them. */
const ROOM_FOR_GUTTER = 640
const NAME_HEIGHT = 16
/** What a letter takes, about. */
const LETTER = 6.6
const FEWEST_LETTERS = 4

interface Layout {
  left: number
  /** Of the time. */
  width: number
  height: number
  nameAbove: boolean
  topOf: (lane: number) => number
  bottomOf: (lane: number) => number
}

/** Where everything stands. */
export function layoutOf(lanes: number, room: number): Layout {
  const nameAbove = room < ROOM_FOR_GUTTER
  const left = nameAbove ? 0 : GUTTER
  const each = BAR_HEIGHT + GAP + (nameAbove ? NAME_HEIGHT : 0)
  const topOf = (lane: number) => AXIS_HEIGHT + lane * each + (nameAbove ? NAME_HEIGHT : 0)
  return {
    left,
    width: Math.max(1, room - left),
    height: AXIS_HEIGHT + lanes * each,
    nameAbove,
    topOf,
    bottomOf: (lane) => topOf(lane) + BAR_HEIGHT,
  }
}

interface DrawingProps {
  lanes: readonly Lane[]
  drawn: readonly Item[][]
  layout: Layout
  window: Window
  extent: Extent
  ticks: readonly number[]
  isComplete: boolean
  isUtc: boolean
  pointed: string | null
  selected: string | null
}

export function TimelineDrawing(props: DrawingProps) {
  const { lanes, drawn, layout, window, extent, isComplete, pointed, selected } = props
  const { left, width, height } = layout
  const xOf = (ms: number) =>
    Math.max(0, Math.min(width, ((ms - window.fromMs) / (window.toMs - window.fromMs)) * width))
  const beginX = xOf(extent.beginMs)
  return (
    <svg width={left + width} height={height} aria-hidden="true" className="history-drawing">
      <PatternDefinitions />
      <g transform={`translate(${left},0)`}>
        <Axis {...props} xOf={xOf} />
        {beginX > 0 && (
          <g>
            <rect x={0} y={AXIS_HEIGHT} width={beginX} height={height} fill="url(#history-pattern-1)" />
            {beginX > 160 && (
              <text x={8} y={height - 8} className="history-word" style={{ fill: colorTextBodySecondary }}>
                {isComplete ? 'nothing is kept from before' : 'not read yet'}
              </text>
            )}
          </g>
        )}
        {lanes.map((lane, index) => (
          <g key={lane.id} transform={`translate(0,${layout.topOf(index)})`}>
            <LaneName name={lane.name} layout={layout} />
            {(drawn[index] ?? []).map((item) => (
              <Drawn
                key={item.key}
                item={item}
                indent={lane.marks.length > 0 ? 14 : 6}
                isPointed={item.key === pointed}
                isSelected={selected !== null && entriesOf(item).includes(selected)}
              />
            ))}
          </g>
        ))}
        {extent.nowMs <= window.toMs && extent.nowMs >= window.fromMs && (
          <line
            {...{ x1: xOf(extent.nowMs), x2: xOf(extent.nowMs), y1: AXIS_HEIGHT - 6, y2: height }}
            style={{ stroke: colorTextBodyDefault, strokeDasharray: '2 3' }}
          />
        )}
      </g>
    </svg>
  )
}

const FIRST_TEXT = 24

function Axis({ ticks, isUtc, layout, xOf }: DrawingProps & { xOf: (ms: number) => number }) {
  const everyMs = (ticks[1] ?? 0) - (ticks[0] ?? 0) || Number.POSITIVE_INFINITY
  const timeZone = isUtc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone
  return ticks.map((atMs) => {
    const x = xOf(atMs)
    const hasText = x >= FIRST_TEXT && x <= layout.width - FIRST_TEXT
    return (
      <g key={atMs}>
        <line {...{ x1: x, x2: x, y1: AXIS_HEIGHT - 5, y2: layout.height }} style={{ stroke: colorChartsLineGrid }} />
        {hasText && (
          <text x={x} y={AXIS_HEIGHT - 10} className="history-tick" style={{ fill: colorTextBodySecondary }}>
            {tickText(atMs, everyMs, timeZone)}
          </text>
        )}
      </g>
    )
  })
}

const LaneName = ({ name, layout: { left, width, nameAbove } }: { name: string; layout: Layout }) => (
  <>
    <text
      x={nameAbove ? 0 : -left}
      y={nameAbove ? -4 : BAR_HEIGHT / 2 + 4}
      className="history-name"
      style={{ fill: nameAbove ? colorTextBodySecondary : colorTextBodyDefault }}
    >
      {nameAbove ? name : clip(name, Math.floor(GUTTER / 7))}
    </text>
    <line
      {...{ x1: nameAbove ? 0 : -left, x2: width, y1: BAR_HEIGHT + GAP / 2, y2: BAR_HEIGHT + GAP / 2 }}
      style={{ stroke: colorBorderDividerDefault }}
    />
  </>
)

interface DrawnProps {
  item: Item
  isPointed: boolean
  isSelected: boolean
  /** Where its label begins; marks of the same lane need room. */
  indent: number
}

const Drawn = (props: DrawnProps) => (props.item.marks.length > 0 ? <DrawnMarks {...props} /> : <DrawnBar {...props} />)

function DrawnBar({ item, isPointed, isSelected, indent }: DrawnProps) {
  const [bar] = item.bars
  if (!bar) return null
  const isOne = item.bars.length === 1
  const width = Math.max(2, item.width - (item.width > 6 ? 1 : 0))
  const place = { x: item.x, y: 0, width, height: BAR_HEIGHT }
  const letters = Math.floor((width - indent - 4) / LETTER)
  const label = isOne ? bar.label : `${item.bars.length} changes`
  return (
    <g data-item={item.key} className="history-item">
      {isOne ? (
        <Swatch {...place} tone={item.tone} pattern={bar.pattern} />
      ) : (
        <rect {...place} style={{ fill: TONE_COLORS[item.tone], fillOpacity: 0.7 }} />
      )}
      {(isPointed || isSelected) && <Outline {...place} isSelected={isSelected} />}
      {letters >= FEWEST_LETTERS && (
        <text x={item.x + indent} y={19} className="history-word" style={{ fill: colorTextBodyDefault }}>
          {clip(label, letters)}
        </text>
      )}
    </g>
  )
}

function DrawnMarks({ item, isPointed, isSelected }: DrawnProps) {
  const [mark] = item.marks
  if (!mark) return null
  const isOne = item.marks.length === 1
  return (
    <g data-item={item.key} className="history-item" transform={`translate(${item.x},${BAR_HEIGHT / 2})`}>
      <rect x={-10} y={-13} width={20} height={26} fillOpacity={0} />
      {isOne ? (
        <Form kind={mark.kind} tone={item.tone} />
      ) : (
        <>
          <circle r={10} style={{ fill: TONE_COLORS[item.tone], fillOpacity: 0.3, stroke: TONE_COLORS[item.tone] }} />
          <text y={4} className="history-count" style={{ fill: colorTextBodyDefault }}>
            {item.marks.length > 99 ? '99+' : item.marks.length}
          </text>
        </>
      )}
      {(isPointed || isSelected) && <Outline x={-12} y={-12} width={24} height={24} isSelected={isSelected} />}
    </g>
  )
}

interface OutlineProps {
  x: number
  y: number
  width: number
  height: number
  isSelected: boolean
}

const Outline = ({ isSelected, ...place }: OutlineProps) => (
  <rect
    {...place}
    rx={2}
    style={{
      fill: 'none',
      stroke: colorBorderItemFocused,
      strokeWidth: 2,
      ...(isSelected ? {} : { strokeDasharray: '3 2' }),
    }}
  />
)
