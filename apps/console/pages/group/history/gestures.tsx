import { type RefObject, useEffect, useRef } from 'react'

interface Gestures {
  /** Wider above 1; `share` is where, from the left edge (0) to the right one (1). */
  zoomBy: (factor: number, share: number) => void
  /** By a share of what is seen; to the past below 0. */
  panBy: (share: number) => void
  /** A click, or a tap, that was no drag. */
  tap: (target: Element) => void
}

/** Pixels that a finger may tremble. */
const TREMBLE = 5
const WHEEL_STEP = 0.0025

/** Wheel, drag and pinch on a picture whose time goes from `left` to its right edge. A wheel without ctrl scrolls the page. */
export function useGestures(ref: RefObject<HTMLElement | null>, left: number, gestures: Gestures): void {
  const current = useRef({ left, gestures })
  current.current = { left, gestures }
  useEffect(() => {
    const picture = ref.current
    if (!picture) return
    const stop = new AbortController()
    const { signal } = stop
    const place = () => {
      const { left: edge, width } = picture.getBoundingClientRect()
      return { edge: edge + current.current.left, width: Math.max(1, width - current.current.left) }
    }
    const shareOf = (clientX: number) => (clientX - place().edge) / place().width

    const wheel = (event: WheelEvent) => {
      const { zoomBy, panBy } = current.current.gestures
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault()
        zoomBy(Math.exp(event.deltaY * WHEEL_STEP), shareOf(event.clientX))
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault()
        panBy((event.deltaX || event.deltaY) / place().width)
      }
    }

    const pointers = new Map<number, number>()
    let isDragging = false
    let pressed: { x: number; target: Element } | null = null
    const spread = () => {
      const [one = 0, other = 0] = [...pointers.values()]
      return { distance: Math.max(10, Math.abs(one - other)), centre: (one + other) / 2 }
    }
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return
      pointers.set(event.pointerId, event.clientX)
      isDragging = pointers.size > 1
      pressed = pointers.size === 1 ? { x: event.clientX, target: event.target as Element } : null
    }
    const move = (event: PointerEvent) => {
      const before = pointers.get(event.pointerId)
      if (before === undefined) return
      const spreadBefore = spread()
      if (!isDragging && pressed && Math.abs(event.clientX - pressed.x) > TREMBLE) {
        isDragging = true
        picture.setPointerCapture(event.pointerId)
      }
      if (!isDragging) return
      pointers.set(event.pointerId, event.clientX)
      const { zoomBy, panBy } = current.current.gestures
      if (pointers.size === 1) panBy((before - event.clientX) / place().width)
      else {
        const { distance, centre } = spread()
        panBy((spreadBefore.centre - centre) / place().width)
        zoomBy(spreadBefore.distance / distance, shareOf(centre))
      }
    }
    const end = (event: PointerEvent) => {
      if (!pointers.delete(event.pointerId)) return
      if (event.type === 'pointerup' && pressed && !isDragging) current.current.gestures.tap(pressed.target)
      pressed = null
    }
    picture.addEventListener('wheel', wheel, { passive: false, signal })
    picture.addEventListener('pointerdown', down, { signal })
    addEventListener('pointermove', move, { signal })
    addEventListener('pointerup', end, { signal })
    addEventListener('pointercancel', end, { signal })
    return () => stop.abort()
  }, [ref])
}
