import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import type { Option, Typed } from './fields.ts'

interface NodesFieldProps {
  label: string
  description: ReactNode
  errorText: string | undefined
  constraintText: string | undefined
  nodes: readonly string[]
  options: readonly Option[]
  isFixed: boolean
  onChange: (nodes: Typed) => void
}

const NONE: Option = { value: '', label: 'none: it stands alone' }

/** The node of a group, or both. */
export function NodesField({ nodes, options, isFixed, onChange, ...told }: NodesFieldProps) {
  const [first = '', second = ''] = nodes
  const choose = (one: string, other: string) => onChange([one, other].filter((name) => name !== ''))
  const among = (other: string) => options.filter(({ value }) => value !== other)
  return (
    <FormField {...told}>
      <SpaceBetween size="xs">
        <NodeSelect
          label="First node"
          node={first}
          options={among(second)}
          isFixed={isFixed}
          onChange={(node) => choose(node, second)}
        />
        <NodeSelect
          label="Second node"
          node={second}
          options={[NONE, ...among(first)]}
          isFixed={isFixed || first === ''}
          onChange={(node) => choose(first, node)}
        />
      </SpaceBetween>
    </FormField>
  )
}

interface NodeSelectProps {
  label: string
  node: string
  options: readonly Option[]
  isFixed: boolean
  onChange: (node: string) => void
}

const NodeSelect = ({ label, node, options, isFixed, onChange }: NodeSelectProps) => (
  <Select
    ariaLabel={label}
    inlineLabelText={label}
    placeholder="Choose a node"
    empty="No node is free: add one, or take one out of its group."
    filteringType={options.length > 8 ? 'auto' : 'none'}
    disabled={isFixed}
    selectedOption={options.find(({ value }) => value === node) ?? (node === '' ? null : { value: node, label: node })}
    options={options}
    onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
  />
)
