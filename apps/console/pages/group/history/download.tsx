import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useEffect, useRef, useState } from 'react'
import { useNotices } from '../../../parts/notices.tsx'
import { useSession } from '../../../session/session.tsx'

/** The whole history as a file, an entry a line, oldest first. */
export function Download({ cluster, group }: { cluster: string; group: string }) {
  const { inCluster } = useSession()
  const { tellProblem } = useNotices()
  const [count, setCount] = useState<number | null>(null)
  const stop = useRef<AbortController>(null)
  useEffect(() => () => stop.current?.abort(), [])

  const download = async () => {
    const abort = new AbortController()
    stop.current = abort
    setCount(0)
    try {
      const lines: string[] = []
      for await (const page of inCluster(cluster).wholeHistory(group, undefined)) {
        if (abort.signal.aborted) return
        lines.push(...page.map((event) => `${JSON.stringify(event)}\n`))
        setCount(lines.length)
      }
      save(lines, `${cluster}-${group}-history.jsonl`)
    } catch (error) {
      if (!abort.signal.aborted) tellProblem('Download of the history', error)
    } finally {
      if (stop.current === abort) setCount(null)
    }
  }
  const cancel = () => {
    stop.current?.abort()
    setCount(null)
  }
  if (count === null) {
    return (
      <Button iconName="download" onClick={() => void download()}>
        Download
      </Button>
    )
  }
  return (
    <SpaceBetween size="xs" direction="horizontal" alignItems="center">
      <StatusIndicator type="loading">{count.toLocaleString()} entries read</StatusIndicator>
      <Button onClick={cancel}>Cancel</Button>
    </SpaceBetween>
  )
}

const MINUTE_MS = 60_000

function save(lines: string[], name: string): void {
  const address = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name.replaceAll(/[^\w.-]+/g, '-')
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), MINUTE_MS)
}
