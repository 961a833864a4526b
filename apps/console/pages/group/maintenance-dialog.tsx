import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { maintenanceSchema } from '../../../../domain/contract/configuration.ts'
import type { GroupStatus } from '../../../client/answers.ts'
import { useRefreshGroup } from '../../live/live.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { complaints } from '../../parts/form.ts'
import { useNotices } from '../../parts/notices.tsx'
import { useNow } from '../../parts/time.tsx'
import { useSession } from '../../session/session.tsx'
import type { Place } from './maintenance-panel.tsx'
import { TimeField } from './time-field.tsx'
import { complaintOf, instantOf, typedIn, typedOf } from './zoned-time.ts'

interface MaintenanceDialogProps {
  status: GroupStatus
  place: Place
  isEnd: boolean
  onEnd: () => void
}

const HOUR_MS = 3_600_000

/** Begins, changes or ends maintenance of the group or of a node. */
export default function MaintenanceDialog({ status, place, isEnd, onEnd }: MaintenanceDialogProps) {
  const { inCluster } = useSession()
  const { tell } = useNotices()
  const refresh = useRefreshGroup()
  const nowMs = useNow()
  // What was tried once is another request after it was changed.
  const [keys] = useState(() => new Map<string, string>())
  const [reason, setReason] = useState(place.maintenance?.reason ?? '')
  const [isTimed, setTimed] = useState(place.maintenance ? place.maintenance.until !== null : true)
  const [end, setEnd] = useState(() =>
    place.maintenance?.until ? typedOf(Date.parse(place.maintenance.until)) : typedIn(Date.now(), HOUR_MS),
  )
  const { cluster, group, withheld } = status
  const until = isTimed ? instantOf(end) : null
  const wanted = isEnd ? { enabled: false } : { enabled: true, reason: reason.trim(), ...(until ? { until } : {}) }
  const wrong = complaints(maintenanceSchema, wanted)
  const wrongTime = !isEnd && isTimed ? complaintOf(end, nowMs) : undefined
  const name = place.node ?? `group ${group}`
  return (
    <Dialog
      title={`${isEnd ? 'End' : place.maintenance ? 'Change' : 'Begin'} maintenance of ${name}`}
      action={isEnd ? 'End' : place.maintenance ? 'Change' : 'Begin'}
      isReady={Object.keys(wrong).length === 0 && wrongTime === undefined}
      onEnd={onEnd}
      onConfirm={async () => {
        const what = JSON.stringify(wanted)
        const key = keys.get(what) ?? crypto.randomUUID()
        keys.set(what, key)
        await inCluster(cluster).maintain(group, place.node, wanted, key)
        tell({ type: 'success', text: `Maintenance of ${name} ${isEnd ? 'has ended' : 'holds'}.` })
        await refresh(cluster, group).catch(() => undefined)
      }}
    >
      {isEnd ? (
        <Box>
          Automatic actions happen again.{' '}
          {withheld?.because === 'maintenance' &&
            `It holds back rule ${withheld.rule} now (x is ${withheld.node}), which applies then: ${withheld.why}`}
        </Box>
      ) : (
        <SpaceBetween size="m">
          <Box>
            {place.node === undefined
              ? 'Nothing automatic happens to the group meanwhile.'
              : 'It holds for the whole group: nothing automatic happens to either node meanwhile.'}{' '}
            Commands of operators pass.
          </Box>
          <FormField
            label="What is being done"
            description="Told to everybody who looks."
            errorText={reason === '' ? undefined : wrong.reason}
          >
            <Input value={reason} onChange={({ detail }) => setReason(detail.value)} autoFocus />
          </FormField>
          <FormField label="Until when">
            <RadioGroup
              value={isTimed ? 'timed' : 'open'}
              onChange={({ detail }) => setTimed(detail.value === 'timed')}
              items={[
                { value: 'timed', label: 'It ends by itself at a time' },
                { value: 'open', label: 'Until somebody ends it', description: 'Easily forgotten: nobody stands in.' },
              ]}
            />
          </FormField>
          {isTimed && <TimeField label="It ends" value={end} onChange={setEnd} errorText={wrongTime} />}
        </SpaceBetween>
      )}
    </Dialog>
  )
}
