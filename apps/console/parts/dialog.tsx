import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal, { type ModalProps } from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { ProblemAlert } from './problem.tsx'

interface DialogProps {
  title: string
  /** What the button that does it says: `Fail over`. */
  action: string
  isReady?: boolean
  size?: ModalProps.Size
  /** Does it. What it throws is shown in the dialog, which stays open. */
  onConfirm: () => Promise<void>
  /** Closed: it is done, or not wanted. */
  onEnd: () => void
  children: ReactNode
}

/** Asks before something is changed, does it, and says in place why it could not be done. */
export function Dialog({ title, action, isReady = true, size = 'medium', onConfirm, onEnd, children }: DialogProps) {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const confirm = async () => {
    setBusy(true)
    setError(null)
    try {
      await onConfirm()
      onEnd()
    } catch (thrown) {
      setError(thrown)
      setBusy(false)
    }
  }
  return (
    <Modal
      visible
      header={title}
      size={size}
      onDismiss={onEnd}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onEnd}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} disabled={!isReady} onClick={() => void confirm()}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isBusy) void confirm()
        }}
      >
        <SpaceBetween size="m">
          {children}
          {error !== null && <ProblemAlert error={error} />}
        </SpaceBetween>
      </form>
    </Modal>
  )
}
