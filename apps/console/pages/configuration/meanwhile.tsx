import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import LiveRegion from '@cloudscape-design/components/live-region'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { useNarrow } from '../../parts/narrow.ts'
import { type Meanwhile, typedText } from './fields.ts'

/** Somebody else changed what one is changing: theirs and yours, and the way on. Nothing is overwritten. */
export function MeanwhileChanged({
  changed,
  onBuild,
}: {
  changed: Meanwhile[]
  onBuild: (kept: Record<string, boolean>) => void
}) {
  const [kept, setKept] = useState<Record<string, boolean>>({})
  // On a phone the choice must not stand beyond the edge; what was matters least.
  const isNarrow = useNarrow()
  const isOpen = changed.some(({ field, isConflict }) => isConflict && kept[field.path] === undefined)
  const stays = ({ field, isConflict, yours, theirs }: Meanwhile) => {
    if (!isConflict) return typedText(field, yours) === typedText(field, theirs) ? 'the same' : 'theirs'
    const own = kept[field.path]
    return (
      <RadioGroup
        ariaLabel={`${field.label}: what stays`}
        value={own === undefined ? null : own ? 'yours' : 'theirs'}
        onChange={({ detail }) => setKept({ ...kept, [field.path]: detail.value === 'yours' })}
        items={[
          { value: 'theirs', label: 'Theirs' },
          { value: 'yours', label: 'Yours' },
        ]}
      />
    )
  }
  const was = { id: 'was', header: 'When you began', cell: ({ field, was }: Meanwhile) => typedText(field, was) }
  const choice = { id: 'stays', header: 'What stays', cell: stays, minWidth: 110 }
  return (
    <SpaceBetween size="s">
      <LiveRegion assertive>
        <Alert type="warning" header="Somebody changed this meanwhile">
          What you typed is kept, and nothing is overwritten. Fields that only one of you changed stay as they were
          changed; where both did, say which is to stay.
        </Alert>
      </LiveRegion>
      <Table
        variant="container"
        wrapLines
        items={changed}
        trackBy={({ field }) => field.path}
        ariaLabels={{ tableLabel: 'What somebody changed meanwhile' }}
        columnDefinitions={[
          { id: 'field', header: 'Field', cell: ({ field }) => field.label, isRowHeader: true },
          isNarrow ? choice : was,
          { id: 'theirs', header: 'Theirs, now', cell: ({ field, theirs }) => typedText(field, theirs) },
          { id: 'yours', header: 'Yours', cell: ({ field, yours }) => typedText(field, yours) },
          ...(isNarrow ? [] : [choice]),
        ]}
        footer={
          <Button disabled={isOpen} disabledReason="Say first what is to stay." onClick={() => onBuild(kept)}>
            Build upon the new state
          </Button>
        }
      />
    </SpaceBetween>
  )
}
