import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { BrakeOrder } from '../../../../domain/brake.ts'
import { brakeSchema } from '../../../../domain/contract/configuration.ts'
import type { BrakeStatus } from '../../../client/answers.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { complaints } from '../../parts/form.ts'
import { useNotices } from '../../parts/notices.tsx'
import { useSession } from '../../session/session.tsx'
import type { BrakeChange } from './brake-panel.tsx'

const TITLES: Readonly<Record<BrakeChange, string>> = {
  hold: 'Hold the fleet brake',
  release: 'Release the fleet brake',
  numbers: 'When the fleet brake engages',
}

/** Holds or releases the brake, or changes its numbers. Built upon an older brake, the change is refused. */
export default function BrakeDialog({
  brake,
  change,
  onEnd,
}: {
  brake: BrakeStatus
  change: BrakeChange
  onEnd: () => void
}) {
  const { api } = useSession()
  const { tell } = useNotices()
  const [key] = useState(() => crypto.randomUUID())
  // The brake as it was when the dialog was opened: what is shown is what is changed.
  const [{ version, leastGroups, leastPercent, heldBack }] = useState(brake)
  const [reason, setReason] = useState('')
  const [groups, setGroups] = useState(String(leastGroups))
  const [percent, setPercent] = useState(String(leastPercent))
  const orders: Readonly<Record<BrakeChange, BrakeOrder>> = {
    hold: { holds: true, reason },
    release: { holds: false },
    numbers: { leastGroups: numberOf(groups), leastPercent: numberOf(percent) },
  }
  const order = orders[change]
  const wrong = complaints(brakeSchema, order)
  return (
    <Dialog
      title={TITLES[change]}
      action={change === 'numbers' ? 'Change' : change === 'hold' ? 'Hold' : 'Release'}
      isReady={Object.keys(wrong).length === 0}
      onEnd={onEnd}
      onConfirm={async () => {
        await api.orderBrake(order, key, version)
        tell({
          type: 'success',
          text:
            change === 'numbers'
              ? 'The numbers of the fleet brake are changed.'
              : change === 'hold'
                ? 'The fleet brake holds.'
                : 'The fleet brake is released.',
        })
      }}
    >
      {change === 'hold' && (
        <SpaceBetween size="m">
          <Box>No group fails over for silence until somebody releases it. Everything else goes on.</Box>
          <FormField
            label="Why"
            description="Told to everybody who looks."
            errorText={reason === '' ? undefined : wrong.reason}
          >
            <Input value={reason} onChange={({ detail }) => setReason(detail.value)} autoFocus />
          </FormField>
        </SpaceBetween>
      )}
      {change === 'release' && (
        <Box>
          Groups whose nodes are silent fail over then.{' '}
          {heldBack.length === 0 ? 'It holds nobody back now.' : `It holds back ${heldBack.length} now.`}
        </Box>
      )}
      {change === 'numbers' && (
        <SpaceBetween size="m">
          <FormField label="Groups at least" errorText={wrong.leastGroups}>
            <Input
              type="number"
              inputMode="numeric"
              value={groups}
              onChange={({ detail }) => setGroups(detail.value)}
              autoFocus
            />
          </FormField>
          <FormField label="Percent of all groups at least" errorText={wrong.leastPercent}>
            <Input
              type="number"
              inputMode="decimal"
              value={percent}
              onChange={({ detail }) => setPercent(detail.value)}
            />
          </FormField>
        </SpaceBetween>
      )}
    </Dialog>
  )
}

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))
