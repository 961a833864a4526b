import { useEffect, useRef, useState } from 'react'

type Go = () => void
/** The form with unsaved changes, if there is one: it asks before somebody goes. */
let guard: { place: string; ask: (go: Go) => void } | null = null

/** Goes there; a form with unsaved changes asks first. */
export function leave(go: Go): void {
  if (guard) guard.ask(go)
  else go()
}

// Caught before the router hears of it: the browser has gone back already, and is brought where it was to ask.
addEventListener(
  'popstate',
  (event) => {
    if (!guard || guard.place === location.pathname + location.search) return
    event.stopImmediatePropagation()
    history.pushState(null, '', guard.place)
    guard.ask(() => history.back())
  },
  true,
)

export interface Leaving {
  /** Somebody wants to go, and is to be asked. */
  isAsked: boolean
  stay: Go
  go: Go
  /** What was typed is saved: nobody is asked any more. */
  release: Go
}

/** While there is something unsaved, whoever leaves is asked; the browser asks who closes or loads the page. */
export function useLeaving(isUnsaved: boolean): Leaving {
  const [wanted, setWanted] = useState<{ go: Go } | null>(null)
  const own = useRef<typeof guard>(null)
  useEffect(() => {
    if (!isUnsaved) return
    const mine = { place: location.pathname + location.search, ask: (go: Go) => setWanted({ go }) }
    guard = mine
    own.current = mine
    const warn = (event: BeforeUnloadEvent) => {
      if (guard === mine) event.preventDefault()
    }
    addEventListener('beforeunload', warn)
    return () => {
      removeEventListener('beforeunload', warn)
      if (guard === mine) guard = null
    }
  }, [isUnsaved])
  const release = () => {
    if (guard === own.current) guard = null
  }
  return {
    isAsked: wanted !== null,
    stay: () => setWanted(null),
    go: () => {
      release()
      setWanted(null)
      wanted?.go()
    },
    release,
  }
}
