import Box from '@cloudscape-design/components/box'
import Table from '@cloudscape-design/components/table'
import { type Change, typedText } from './fields.ts'

/** What changes, field by field. Of something new there is nothing that it was. */
export const Differences = ({ changes, isNew }: { changes: Change[]; isNew: boolean }) => (
  <Table
    variant="embedded"
    wrapLines
    items={changes}
    trackBy={({ field }) => field.path}
    ariaLabels={{ tableLabel: 'What changes' }}
    empty="Nothing changes."
    columnDefinitions={[
      { id: 'field', header: 'Field', cell: ({ field }) => field.label, isRowHeader: true },
      ...(isNew ? [] : [{ id: 'from', header: 'From', cell: ({ field, from }: Change) => typedText(field, from) }]),
      {
        id: 'to',
        header: isNew ? 'Value' : 'To',
        cell: ({ field, to }) => <Box fontWeight="bold">{typedText(field, to)}</Box>,
      },
    ]}
  />
)

export const Consequences = ({ told }: { told: readonly string[] }) =>
  told.length > 0 && (
    <div>
      <Box variant="h3">What it means</Box>
      <ul>
        {told.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </div>
  )
