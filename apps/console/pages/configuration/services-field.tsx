import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { DEFAULT_CRITICAL_SERVICES } from '../../../../domain/settings.ts'
import type { Typed } from './fields.ts'
import { isDefaultServices } from './forms.ts'

interface ServicesFieldProps {
  label: string
  description: ReactNode
  errorText: string | undefined
  services: readonly string[]
  onChange: (services: Typed) => void
}

/** The list of critical services: put in order, added to, taken from. */
export function ServicesField({ services, onChange, ...told }: ServicesFieldProps) {
  const [name, setName] = useState('')
  const wanted = name.trim()
  const isThere = services.includes(wanted)
  const add = () => {
    if (wanted === '' || isThere) return
    onChange([...services, wanted])
    setName('')
  }
  const swap = (at: number, by: number) => {
    const moved = [...services]
    const [service] = moved.splice(at, 1)
    if (service === undefined) return
    moved.splice(at + by, 0, service)
    onChange(moved)
  }
  return (
    <SpaceBetween size="m">
      <FormField {...told} stretch>
        <ol className="services" aria-label={told.label}>
          {services.map((service, at) => (
            <li key={service}>
              <span>{service}</span>
              <SpaceBetween direction="horizontal" size="xxs">
                <Button
                  formAction="none"
                  variant="icon"
                  iconName="angle-up"
                  ariaLabel={`Move ${service} up`}
                  disabled={at === 0}
                  onClick={() => swap(at, -1)}
                />
                <Button
                  formAction="none"
                  variant="icon"
                  iconName="angle-down"
                  ariaLabel={`Move ${service} down`}
                  disabled={at === services.length - 1}
                  onClick={() => swap(at, 1)}
                />
                <Button
                  formAction="none"
                  variant="icon"
                  iconName="remove"
                  ariaLabel={`Remove ${service}`}
                  onClick={() => onChange(services.filter((each) => each !== service))}
                />
              </SpaceBetween>
            </li>
          ))}
        </ol>
        {services.length === 0 && <Box color="text-body-secondary">None</Box>}
      </FormField>
      <FormField
        label="Add a service"
        description="As the agents of the nodes call it."
        errorText={isThere ? `${wanted} is on the list already.` : undefined}
        secondaryControl={
          <Button formAction="none" disabled={wanted === '' || isThere} onClick={add}>
            Add
          </Button>
        }
      >
        <Input
          value={name}
          spellcheck={false}
          onChange={({ detail }) => setName(detail.value)}
          onKeyDown={(event) => {
            if (event.detail.key !== 'Enter') return
            event.preventDefault()
            add()
          }}
        />
      </FormField>
      <Button
        formAction="none"
        disabled={isDefaultServices(services)}
        disabledReason="These are the defaults."
        onClick={() => onChange(DEFAULT_CRITICAL_SERVICES)}
      >
        Take the defaults
      </Button>
    </SpaceBetween>
  )
}
