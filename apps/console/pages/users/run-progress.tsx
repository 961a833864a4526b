import Button from '@cloudscape-design/components/button'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { type Progress, paceWords } from '../../../client/words/pace.ts'
import { useNow } from '../../parts/time.tsx'

interface RunProgressProps {
  label: string
  progress: Progress
  trouble: string
  isStopping: boolean
  onStop: () => void
}

/** How far it has come, how quick it is and when it ends; what keeps it from going on; and how to stop it. */
export function RunProgress({ label, progress, trouble, isStopping, onStop }: RunProgressProps) {
  const nowMs = Math.max(useNow(), progress.startedAtMs)
  const { done, all } = progress
  return (
    <SpaceBetween size="s">
      <ProgressBar
        label={label}
        value={all === 0 ? 100 : (done / all) * 100}
        additionalInfo={paceWords(progress, nowMs)}
      />
      {trouble !== '' && <StatusIndicator type="warning">Waiting, and trying again: {trouble}</StatusIndicator>}
      <Button loading={isStopping} loadingText="Stopping" onClick={onStop}>
        {isStopping ? 'Stopping' : 'Stop'}
      </Button>
    </SpaceBetween>
  )
}
