import { applyMode, Mode } from '@cloudscape-design/global-styles'
import { useSyncExternalStore } from 'react'

/** Light, dark, or as the system is set. */
export type Appearance = 'system' | 'light' | 'dark'

const KEPT = 'understudy.appearance'
const system = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

const chosen = (): Appearance => {
  const kept = localStorage.getItem(KEPT)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function applyAppearance(): void {
  const isDark = chosen() === 'dark' || (chosen() === 'system' && system.matches)
  applyMode(isDark ? Mode.Dark : Mode.Light)
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
  for (const each of listeners) each()
}
system.addEventListener('change', applyAppearance)

export function chooseAppearance(appearance: Appearance): void {
  localStorage.setItem(KEPT, appearance)
  applyAppearance()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export const useAppearance = (): Appearance => useSyncExternalStore(subscribe, chosen)
