import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import { number } from '../../../client/words/pace.ts'
import type { Upload } from './upload.ts'

/** How many were added, were there already, have another home, could not be sent. */
export function UploadOutcome({ upload }: { upload: Upload }) {
  const { added, existing, elsewhere, refused, bad } = upload.current()
  const homes = [...upload.homes].sort(([one], [other]) => one.localeCompare(other))
  return (
    <KeyValuePairs
      columns={4}
      items={[
        {
          label: 'Added',
          value: `${number(added)}${homes.length > 0 ? `: ${homes.map(([node, users]) => `${number(users)} to ${node}`).join(', ')}` : ''}`,
        },
        { label: 'Already there', value: number(existing) },
        { label: 'There with another home', value: number(elsewhere) },
        { label: 'Not sent, or refused', value: number(bad + refused) },
      ]}
    />
  )
}
