import FormField from '@cloudscape-design/components/form-field'
import Select, { type SelectProps } from '@cloudscape-design/components/select'
import { type GroupNodes, placeOptions } from './places.ts'

interface PlaceSelectProps {
  label: string
  value: string
  groups: readonly GroupNodes[]
  /** Where it is now, for who moves. */
  home?: string
  /** What the cluster does by itself; left out: it has to be chosen. */
  assigned?: string
  onChange: (value: string) => void
}

/** A group or a node for a user's home. */
export function PlaceSelect({ label, value, groups, home, assigned, onChange }: PlaceSelectProps) {
  const places = placeOptions(groups, home)
  const free: SelectProps.Option[] =
    assigned === undefined ? [] : [{ value: '', label: 'As the cluster assigns', description: assigned }]
  const options: SelectProps.Options = [...free, ...places]
  const all = [...free, ...places.flatMap((each) => each.options)]
  return (
    <FormField label={label}>
      <Select
        selectedOption={all.find((each) => each.value === value) ?? null}
        options={options}
        placeholder="Choose a group or a node"
        filteringType={all.length > 8 ? 'auto' : 'none'}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
        expandToViewport
      />
    </FormField>
  )
}
