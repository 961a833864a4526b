import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef, useState } from 'react'
import { keyOf } from '../../../live/group-board.ts'
import { useSession } from '../../../session/session.tsx'
import { type Reading, readNews, readOlder } from './reading.ts'

/** A group's history: its newest entries at once, news as they come, and what is older on request. */
export function useHistory(cluster: string, group: string) {
  const { inCluster } = useSession()
  const queries = useQueryClient()
  const queryKey = ['group', keyOf(cluster, group), 'history']
  const known = () => queries.getQueryData<Reading>(queryKey)
  const read = (page: { limit: number; cursor?: string | undefined }) => inCluster(cluster).historyPage(group, page)
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: () => readNews(read, known),
    structuralSharing: false,
  })
  const [older, setOlder] = useState<{ isReading: boolean; error: unknown }>({ isReading: false, error: null })
  const isReading = useRef(false)
  const parts = useRef({ read, known, queryKey })
  parts.current = { read, known, queryKey }
  const readMore = useCallback(async () => {
    if (isReading.current) return
    isReading.current = true
    setOlder({ isReading: true, error: null })
    const { read, known, queryKey } = parts.current
    try {
      const reading = await readOlder(read, known)
      queries.setQueryData<Reading>(queryKey, (now) => reading ?? now)
      setOlder({ isReading: false, error: null })
    } catch (thrown) {
      setOlder({ isReading: false, error: thrown })
    } finally {
      isReading.current = false
    }
  }, [queries])
  return { reading: data, error, refetch, older, readMore }
}
