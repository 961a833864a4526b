import type { Fault } from './faults.ts'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`

/** A fault in words: what befalls whom, and for how long. */
export function describeFault(fault: Fault, names: readonly [string, string]): string {
  const { kind, atMs: _, cue, ...rest } = fault
  const what = Object.entries(rest).map(([key, value]) => {
    if (key === 'node') return names[value as 0 | 1]
    if (key === 'forMs') return `for ${seconds(Number(value))}`
    if (key === 'twice' || key === 'left') return value === true ? key : ''
    return typeof value === 'object' ? JSON.stringify(value) : `${key} ${value}`
  })
  const after = cue ? `(${cue.delayMs} ms after ${cue.of})` : ''
  return [kind, ...what, after].filter((text) => text !== '').join(' ')
}
