import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { ProblemError } from '../../client/problem.ts'
import { problemText } from './problem.tsx'

interface Notice {
  type: 'success' | 'info' | 'warning' | 'error'
  text: string
}
interface Notices {
  tell: (notice: Notice) => void
  /** Tells what went wrong; `what` is what was wanted: `Failover of a`. */
  tellProblem: (what: string, error: unknown) => void
}

const NoticesContext = createContext<{
  notices: Notices
  shown: readonly (Notice & { id: string })[]
  dismiss: (id: string) => void
} | null>(null)

const MOST_SHOWN = 5

/** What the page has to tell apart from what it shows: that a command was taken, that a call failed. */
export function NoticesProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly (Notice & { id: string })[]>([])
  const dismiss = useCallback((id: string) => setShown((before) => before.filter((one) => one.id !== id)), [])
  const tell = useCallback(
    (notice: Notice) => setShown((before) => [{ ...notice, id: crypto.randomUUID() }, ...before].slice(0, MOST_SHOWN)),
    [],
  )
  const notices = useMemo<Notices>(
    () => ({
      tell,
      tellProblem: (what, error) => {
        const type = error instanceof ProblemError && error.status === 409 ? 'warning' : 'error'
        tell({ type, text: `${what}: ${problemText(error)}` })
      },
    }),
    [tell],
  )
  const value = useMemo(() => ({ notices, shown, dismiss }), [notices, shown, dismiss])
  return <NoticesContext value={value}>{children}</NoticesContext>
}

function useContextOfNotices() {
  const context = useContext(NoticesContext)
  if (!context) throw new Error('there is no place for notices')
  return context
}

export const useNotices = (): Notices => useContextOfNotices().notices

export function NoticesBar() {
  const { shown, dismiss } = useContextOfNotices()
  const items = shown.map(
    ({ id, type, text }): FlashbarProps.MessageDefinition => ({
      id,
      type,
      content: text,
      dismissible: true,
      dismissLabel: 'Dismiss',
      onDismiss: () => dismiss(id),
      ariaRole: type === 'success' || type === 'info' ? 'status' : 'alert',
    }),
  )
  return <Flashbar items={items} stackItems={items.length > 2} />
}
