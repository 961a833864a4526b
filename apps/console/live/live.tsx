import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react'
import type { GroupStatus } from '../../client/answers.ts'
import { useSession } from '../session/session.tsx'
import { type Board, GroupBoard, keyOf } from './group-board.ts'

const BoardContext = createContext<GroupBoard | null>(null)

/** Keeps all groups current for the pages inside. What was read of a group's history is old after each event of it. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const { api } = useSession()
  const queries = useQueryClient()
  const [board] = useState(
    () =>
      new GroupBoard({
        api,
        now: Date.now,
        onEvents: (events) => {
          const keys = new Set(events.map(({ detail }) => keyOf(String(detail.cluster), String(detail.group))))
          void queries.invalidateQueries({
            predicate: ({ queryKey: [first, key] }) => first === 'group' && keys.has(String(key)),
          })
          const isConfigured = events.some(({ detailType }) => detailType === 'Configuration Change')
          if (isConfigured) void queries.invalidateQueries({ queryKey: ['configuration'] })
        },
      }),
  )
  useEffect(() => board.start(), [board])
  useEffect(() => {
    const lose = () => board.lose('the browser is offline')
    const look = () => {
      if (document.visibilityState === 'visible' && board.current().stale) board.resume()
    }
    addEventListener('online', board.resume)
    addEventListener('offline', lose)
    document.addEventListener('visibilitychange', look)
    return () => {
      removeEventListener('online', board.resume)
      removeEventListener('offline', lose)
      document.removeEventListener('visibilitychange', look)
    }
  }, [board])
  return <BoardContext value={board}>{children}</BoardContext>
}

function useGroupBoard(): GroupBoard {
  const board = useContext(BoardContext)
  if (!board) throw new Error('this page is not live')
  return board
}

/** All that is known of all groups; the page is drawn anew when it changes. */
export function useBoard(): Board {
  const board = useGroupBoard()
  return useSyncExternalStore(board.subscribe, board.current)
}

/** One group; undefined: it is not known, which means that there is none once the board is complete. */
export function useGroup(cluster: string, group: string): GroupStatus | undefined {
  const board = useGroupBoard()
  return useSyncExternalStore(board.subscribe, () => board.current().groups.get(keyOf(cluster, group)))
}

/** Reads a group now: after a command of one's own nobody wants to wait for its event. */
export function useRefreshGroup(): (cluster: string, group: string) => Promise<void> {
  const board = useGroupBoard()
  return useCallback((cluster, group) => board.refresh(cluster, group), [board])
}
