import { useCallback, useState } from 'react'

/** What one has set on a page; it is so again when one comes back. */
export function useKept<Value extends object>(name: string, first: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => {
    try {
      return { ...first, ...JSON.parse(localStorage.getItem(name) ?? '{}') }
    } catch {
      return first
    }
  })
  const keep = useCallback(
    (next: Value) => {
      localStorage.setItem(name, JSON.stringify(next))
      setValue(next)
    },
    [name],
  )
  return [value, keep]
}
