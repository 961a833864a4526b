import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import ProgressBar from '@cloudscape-design/components/progress-bar'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { number, userCount } from '../../../client/words/pace.ts'
import { ProblemAlert } from '../../parts/problem.tsx'
import { RunProgress } from './run-progress.tsx'
import type { Upload } from './upload.ts'
import { UploadOutcome } from './upload-outcome.tsx'
import { UploadRemarks } from './upload-remarks.tsx'

/** What there is to see and to do, wherever the upload stands. */
export function UploadStanding({ upload, onAnother }: { upload: Upload; onAnother: () => void }) {
  const { phase, bytesRead, users, bad, progress, trouble, error } = upload.current()
  const another = <Button onClick={onAnother}>Choose another file</Button>
  if (phase === 'reading') {
    return (
      <SpaceBetween size="s">
        <ProgressBar
          label={`Checking ${upload.fileName}`}
          value={upload.bytes === 0 ? 100 : (bytesRead / upload.bytes) * 100}
          additionalInfo={`${userCount(users)}, ${badLines(bad)}`}
        />
        <Button onClick={onAnother}>Cancel</Button>
      </SpaceBetween>
    )
  }
  if (phase === 'unreadable') {
    return (
      <SpaceBetween size="s">
        <ProblemAlert header={`${upload.fileName} cannot be read`} error={error} />
        {another}
      </SpaceBetween>
    )
  }
  if (phase === 'checked') return <Checked upload={upload} another={another} />
  if (phase === 'sending' || phase === 'stopping') {
    return (
      <SpaceBetween size="m">
        <RunProgress
          label={`Sending ${upload.fileName}`}
          progress={progress}
          trouble={trouble}
          isStopping={phase === 'stopping'}
          onStop={() => upload.stop()}
        />
        <UploadOutcome upload={upload} />
      </SpaceBetween>
    )
  }
  return (
    <SpaceBetween size="m">
      {error !== null && <ProblemAlert header="The upload has stopped" error={error} />}
      {phase === 'stopped' ? (
        <StatusIndicator type="stopped">
          Broken off after {number(progress.done)} of {userCount(progress.all)}. It goes on with the others; sent again,
          nobody is added twice.
        </StatusIndicator>
      ) : (
        <StatusIndicator type="success">{upload.fileName} is sent.</StatusIndicator>
      )}
      <UploadOutcome upload={upload} />
      <SpaceBetween direction="horizontal" size="xs">
        {phase === 'stopped' && (
          <Button variant="primary" onClick={() => void upload.send()}>
            Go on with {userCount(progress.all - progress.done)}
          </Button>
        )}
        {another}
      </SpaceBetween>
      <UploadRemarks upload={upload} />
    </SpaceBetween>
  )
}

const badLines = (bad: number): string => (bad === 1 ? '1 bad line' : `${number(bad)} bad lines`)

function Checked({ upload, another }: { upload: Upload; another: React.ReactNode }) {
  const { users, bad } = upload.current()
  const [isPassing, setPassing] = useState(false)
  return (
    <SpaceBetween size="m">
      <StatusIndicator type={bad > 0 ? 'error' : users === 0 ? 'warning' : 'success'}>
        {upload.fileName}: {userCount(users)} can be sent, {badLines(bad)}. Nothing has been sent yet.
      </StatusIndicator>
      {bad > 0 && users > 0 && (
        <Checkbox checked={isPassing} onChange={({ detail }) => setPassing(detail.checked)}>
          Pass over {badLines(bad)}, and send the others
        </Checkbox>
      )}
      {bad > 0 && <Box color="text-body-secondary">Or put the file right, and choose it again.</Box>}
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="primary" disabled={users === 0 || (bad > 0 && !isPassing)} onClick={() => void upload.send()}>
          Send {userCount(users)}
        </Button>
        {another}
      </SpaceBetween>
      <UploadRemarks upload={upload} />
    </SpaceBetween>
  )
}
