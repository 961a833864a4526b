import { useSyncExternalStore } from 'react'

/** Narrower than that, as a phone is, tables show what matters most. */
const narrow = matchMedia('(max-width: 688px)')
const subscribe = (listener: () => void) => {
  narrow.addEventListener('change', listener)
  return () => narrow.removeEventListener('change', listener)
}
export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => narrow.matches)
