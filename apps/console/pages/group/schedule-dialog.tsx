import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { scheduleSchema } from '../../../../domain/contract/configuration.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import { plannedWords } from '../../../client/words/words.ts'
import { useRefreshGroup } from '../../live/live.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { complaints } from '../../parts/form.ts'
import { useNotices } from '../../parts/notices.tsx'
import { localTime, useNow } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import { TimeField } from './time-field.tsx'
import { complaintOf, instantOf, typedIn } from './zoned-time.ts'

const HOUR_MS = 3_600_000

/** Plans a failover or fallback for a time. What the state does not allow is refused at that time, and told. */
export default function ScheduleDialog({ status, onEnd }: { status: GroupStatus; onEnd: () => void }) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const refresh = useRefreshGroup()
  const nowMs = useNow()
  const [keys] = useState(() => new Map<string, string>())
  const [what, setWhat] = useState<string | null>(null)
  const [time, setTime] = useState(() => typedIn(Date.now(), HOUR_MS))
  const [reason, setReason] = useState('')
  const { cluster, group } = status
  const choices = (['failover', 'fallback'] as const).flatMap((action) =>
    status.nodes.map(({ node }) => ({ action, node, value: `${action} ${node}` })),
  )
  const choice = choices.find(({ value }) => value === what)
  const body = {
    action: choice?.action,
    node: choice?.node,
    at: instantOf(time),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  }
  const wrong = complaints(scheduleSchema, body)
  const wrongTime = complaintOf(time, nowMs)
  return (
    <Dialog
      title={`Plan a failover or fallback of ${group}`}
      action="Plan"
      isReady={Object.keys(wrong).length === 0 && wrongTime === undefined}
      onEnd={onEnd}
      onConfirm={async () => {
        const asked = JSON.stringify(body)
        const key = keys.get(asked) ?? crypto.randomUUID()
        keys.set(asked, key)
        const { schedule } = await inCluster(cluster).schedule(group, body, key)
        tell({ type: 'success', text: `Planned: ${plannedWords(schedule)} at ${localTime(schedule.at)}.` })
        await refresh(cluster, group).catch(() => undefined)
      }}
    >
      <SpaceBetween size="m">
        <FormField label="What" description="It is checked at its time whether the state allows it.">
          <RadioGroup
            ariaRequired
            value={what}
            onChange={({ detail }) => setWhat(detail.value)}
            items={choices.map(({ value, ...planned }) => ({ value, label: plannedWords(planned) }))}
          />
        </FormField>
        <TimeField label="When" value={time} onChange={setTime} errorText={wrongTime} />
        <FormField
          label="What it is for (optional)"
          description="Told to everybody who looks."
          errorText={wrong.reason}
        >
          <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Dialog>
  )
}
