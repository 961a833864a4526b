import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { userNameSchema } from '../../../../domain/contract/users.ts'
import { pages } from '../../parts/links.tsx'

/** Leads to the user of a name, in whatever spelling. */
export function LookUp({ cluster }: { cluster: string }) {
  const [name, setName] = useState('')
  const [isAsked, setAsked] = useState(false)
  const parsed = userNameSchema.safeParse(name.trim())
  const wrong = isAsked && !parsed.success ? `A name ${parsed.error.issues[0]?.message}.` : undefined
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(true)
          if (parsed.success) navigate(pages.user(cluster, parsed.data))
        }}
      >
        <FormField
          label="Look up a user"
          description="The name as it stands before the @. Capital letters make no difference."
          errorText={wrong}
          secondaryControl={<Button formAction="submit">Look up</Button>}
        >
          <Input
            value={name}
            onChange={({ detail }) => setName(detail.value)}
            type="search"
            inputMode="text"
            autoComplete={false}
            spellcheck={false}
            placeholder="alice"
          />
        </FormField>
      </form>
    </search>
  )
}
