import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { useState } from 'react'
import { Dialog } from './dialog.tsx'

export interface Preferences {
  pageSize: number
  wrapLines: boolean
  /** Columns that are not shown. */
  hidden: string[]
}

const PAGE_SIZES = [10, 25, 50, 100]

interface TablePreferencesProps {
  columns: { id: string; label: string }[]
  alwaysShown: string
  preferences: Preferences
  onChoose: (preferences: Preferences) => void
  onEnd: () => void
}

/** Asks what a table is to show: how many rows on a page, which columns. */
export default function TablePreferences({
  columns,
  alwaysShown,
  preferences,
  onChoose,
  onEnd,
}: TablePreferencesProps) {
  const [chosen, setChosen] = useState(preferences)
  const { pageSize, wrapLines, hidden } = chosen
  return (
    <Dialog title="What the table shows" action="Show" onEnd={onEnd} onConfirm={async () => onChoose(chosen)}>
      <FormField label="Rows on a page">
        <RadioGroup
          value={String(pageSize)}
          onChange={({ detail }) => setChosen({ ...chosen, pageSize: Number(detail.value) })}
          items={PAGE_SIZES.map((size) => ({ value: String(size), label: String(size) }))}
        />
      </FormField>
      <FormField label="Columns">
        {columns.map(({ id, label }) => (
          <Checkbox
            key={id}
            checked={!hidden.includes(id)}
            disabled={id === alwaysShown}
            onChange={({ detail }) =>
              setChosen({ ...chosen, hidden: detail.checked ? hidden.filter((one) => one !== id) : [...hidden, id] })
            }
          >
            {label}
          </Checkbox>
        ))}
      </FormField>
      <Checkbox checked={wrapLines} onChange={({ detail }) => setChosen({ ...chosen, wrapLines: detail.checked })}>
        Wrap lines that are too long for their column
      </Checkbox>
    </Dialog>
  )
}
