import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import Toggle from '@cloudscape-design/components/toggle'
import type { Field, Typed } from './fields.ts'
import { NodesField } from './nodes-field.tsx'
import { ServicesField } from './services-field.tsx'

interface FieldOfFormProps {
  field: Field
  typed: Typed
  complaint: string | undefined
  onType: (typed: Typed) => void
  onLeave: () => void
}

const sentence = (complaint: string): string => complaint.charAt(0).toUpperCase() + complaint.slice(1)

/** One field, as its kind is filled in. */
export function FieldOfForm({ field, typed, complaint, onType, onLeave }: FieldOfFormProps) {
  const { kind, label, description, unit, options, whenEmpty, fixed } = field
  const told = {
    label,
    description,
    errorText: complaint === undefined ? undefined : sentence(complaint),
    constraintText: fixed,
  }
  if (kind === 'list' && options) {
    return (
      <NodesField
        {...told}
        nodes={typed as readonly string[]}
        options={options}
        isFixed={fixed !== undefined}
        onChange={onType}
      />
    )
  }
  if (kind === 'list') return <ServicesField {...told} services={typed as readonly string[]} onChange={onType} />
  if (kind === 'switch') {
    return (
      <FormField {...told}>
        <Toggle checked={typed === true} onChange={({ detail }) => onType(detail.checked)} ariaLabel={label}>
          {typed === true ? 'On' : 'Off'}
        </Toggle>
      </FormField>
    )
  }
  if (kind === 'choice') {
    const chosen = options?.find(({ value }) => value === typed)
    return (
      <FormField {...told}>
        <Select
          selectedOption={chosen ?? null}
          options={options ?? []}
          onChange={({ detail }) => onType(detail.selectedOption.value ?? '')}
          onBlur={onLeave}
        />
      </FormField>
    )
  }
  return (
    <FormField {...told} label={unit === undefined ? label : `${label} (${unit})`}>
      <Input
        value={String(typed)}
        inputMode={kind === 'number' ? 'decimal' : 'text'}
        spellcheck={false}
        autoComplete={false}
        placeholder={whenEmpty ?? ''}
        onChange={({ detail }) => onType(detail.value)}
        onBlur={onLeave}
      />
    </FormField>
  )
}
