import { scaleTime, scaleUtc } from 'd3-scale'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useGestures } from './gestures.tsx'
import type { Lane } from './lanes.ts'
import { entriesOf, type Item, itemsOf, nearest } from './picture.ts'
import { type Teller, tellingOf } from './telling.ts'
import { TellingBox } from './telling-box.tsx'
import { layoutOf, TimelineDrawing } from './timeline-drawing.tsx'
import { type Extent, pannedBy, type Window, windowOf, type Zoom, zoomedBy } from './zoom.ts'

interface TimelineProps {
  lanes: readonly Lane[]
  zoom: Zoom
  onZoom: (change: (before: Zoom) => Zoom) => void
  extent: Extent
  isComplete: boolean
  isUtc: boolean
  teller: Teller
  selected: string | null
  onSelect: (entries: string[]) => void
}

const KEY_STEP = 0.2
export const ZOOM_STEP = 1.6

/** The picture of a history: it can be zoomed and dragged, and walked through by the keyboard. */
export function Timeline(props: TimelineProps) {
  const { lanes, zoom, onZoom, extent, isComplete, isUtc, teller, selected, onSelect } = props
  const box = useRef<HTMLDivElement>(null)
  const picture = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [pointed, setPointed] = useState<string | null>(null)
  const window = windowOf(zoom, extent)
  const layout = layoutOf(lanes.length, width)
  const drawn = lanes.map((lane) => itemsOf(lane, window, layout.width, extent.nowMs))
  const item = drawn.flat().find(({ key }) => key === pointed)

  const change = {
    zoomBy: (factor: number, share: number | null) =>
      onZoom((before) => {
        const { fromMs, toMs } = windowOf(before, extent)
        return zoomedBy(before, factor, share === null ? null : fromMs + share * (toMs - fromMs), extent)
      }),
    panBy: (share: number) => onZoom((before) => pannedBy(before, share, extent)),
  }
  const itemOf = (target: Element) => target.closest('[data-item]')?.getAttribute('data-item') ?? null
  useGestures(picture, layout.left, {
    ...change,
    tap: (target) => {
      const key = itemOf(target)
      setPointed(key)
      const tapped = drawn.flat().find((each) => each.key === key)
      if (tapped) onSelect(entriesOf(tapped))
    },
  })

  const keyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step !== undefined && event.shiftKey) setPointed(beside(drawn, item, step)?.key ?? null)
    else if (step !== undefined) change.panBy(step * KEY_STEP)
    else if (event.key === '+' || event.key === '=') change.zoomBy(1 / ZOOM_STEP, null)
    else if (event.key === '-' || event.key === '_') change.zoomBy(ZOOM_STEP, null)
    else if (event.key === '0') onZoom(() => 'all')
    else if (event.key === 'ArrowUp') setPointed(inNextLane(drawn, item, -1)?.key ?? null)
    else if (event.key === 'ArrowDown') setPointed(inNextLane(drawn, item, 1)?.key ?? null)
    else if (event.key === 'Escape' && pointed !== null) setPointed(null)
    else if (event.key === 'Enter' && item) onSelect(entriesOf(item))
    else return
    event.preventDefault()
  }

  const scale = (isUtc ? scaleUtc() : scaleTime()).domain([window.fromMs, window.toMs]).range([0, layout.width])
  const ticks = scale.ticks(Math.max(2, Math.floor(layout.width / 110))).map((date) => date.getTime())
  const telling = item && tellingOf(item, teller)
  return (
    <div ref={box} className="history-picture">
      <div
        ref={picture}
        role="application"
        aria-roledescription="timeline"
        aria-label={`What happened, ${seen(window, teller)}`}
        aria-describedby="history-keys"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is walked through by the keyboard as a whole
        tabIndex={0}
        className="history-focus"
        onKeyDown={keyDown}
        onBlur={() => setPointed(null)}
        onPointerMove={(event) => event.pointerType === 'mouse' && setPointed(itemOf(event.target as Element))}
        onPointerLeave={(event) => event.pointerType === 'mouse' && setPointed(null)}
      >
        {width > 0 && (
          <TimelineDrawing
            {...{ lanes, drawn, layout, window, extent, ticks, isComplete, isUtc, selected }}
            pointed={item?.key ?? null}
          />
        )}
      </div>
      {item && telling && (
        <TellingBox
          telling={telling}
          x={layout.left + item.x + Math.min(item.width, layout.width - item.x) / 2}
          y={layout.bottomOf(lanes.findIndex(({ id }) => id === item.lane))}
          room={width}
        />
      )}
      <div className="history-told" aria-live="polite">
        {telling && [telling.title, ...telling.lines].join('. ')}
      </div>
    </div>
  )
}

const seen = ({ fromMs, toMs }: Window, { time }: Teller): string => `from ${time(fromMs)} to ${time(toMs)}`

function useWidth(box: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [box])
  return width
}

/** The item before or after in the same lane; at first the newest that is seen. */
function beside(drawn: readonly Item[][], item: Item | undefined, step: number): Item | undefined {
  if (!item) return drawn.find((items) => items.length > 0)?.at(-1)
  const items = (drawn.find((each) => each.includes(item)) ?? []).toSorted((one, other) => one.x - other.x)
  return items[items.indexOf(item) + step] ?? item
}

/** The nearest item of the next lane that has one. */
function inNextLane(drawn: readonly Item[][], item: Item | undefined, step: number): Item | undefined {
  if (!item) return beside(drawn, item, step)
  const from = drawn.findIndex((items) => items.includes(item))
  for (let at = from + step; at >= 0 && at < drawn.length; at += step) {
    const found = nearest(drawn[at] ?? [], item.x + item.width / 2)
    if (found) return found
  }
  return item
}
