import { ENTRY_KINDS, type EntryKind } from './entry-kinds.ts'
import type { Bar, Lane } from './lanes.ts'
import { Form, Swatch } from './looks.tsx'
import type { Window } from './zoom.ts'

/** What the states and the marks that are in view look like. */
export function Legend({ lanes, window: { fromMs, toMs } }: { lanes: readonly Lane[]; window: Window }) {
  const states = new Map<string, Bar>()
  const kinds = new Set<EntryKind>()
  for (const { id, bars, marks } of lanes) {
    for (const bar of bars) {
      const isSeen = bar.fromMs <= toMs && (bar.toMs ?? toMs) >= fromMs
      if (id.startsWith('node ') && isSeen) states.set(bar.label, bar)
    }
    for (const { kind, atMs } of marks) if (fromMs <= atMs && atMs <= toMs) kinds.add(kind)
  }
  return (
    <ul className="history-legend" aria-label="Legend">
      {[...states.values()].map(({ label, tone, pattern }) => (
        <li key={label}>
          <svg width="22" height="16" aria-hidden="true">
            <Swatch x={0} y={0} width={22} height={16} tone={tone} pattern={pattern} />
          </svg>
          {label}
        </li>
      ))}
      {(Object.keys(ENTRY_KINDS) as EntryKind[])
        .filter((kind) => kinds.has(kind))
        .map((kind) => (
          <li key={kind}>
            <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
              <Form kind={kind} tone="quiet" />
            </svg>
            {ENTRY_KINDS[kind]}
          </li>
        ))}
    </ul>
  )
}
