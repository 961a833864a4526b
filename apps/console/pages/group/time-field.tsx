import Box from '@cloudscape-design/components/box'
import DatePicker from '@cloudscape-design/components/date-picker'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import TimeInput from '@cloudscape-design/components/time-input'
import { Countdown } from '../../parts/time.tsx'
import { instantOf, type TypedTime } from './zoned-time.ts'

interface TimeFieldProps {
  label: string
  value: TypedTime
  onChange: (value: TypedTime) => void
  errorText: string | undefined
}

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** A day and a time in the viewer's zone; what that is in UTC, and how far away, stands below. */
export function TimeField({ label, value, onChange, errorText }: TimeFieldProps) {
  const at = instantOf(value)
  return (
    <FormField
      label={label}
      description={`In your zone: ${zone()}`}
      errorText={errorText}
      constraintText={
        at !== null && (
          <Box variant="span" fontSize="body-s">
            {at.slice(0, 16).replace('T', ' ')} UTC, in <Countdown until={at} />
          </Box>
        )
      }
    >
      <SpaceBetween direction="horizontal" size="xs">
        <DatePicker
          value={value.day}
          onChange={({ detail }) => onChange({ ...value, day: detail.value })}
          expandToViewport
          ariaLabel={`${label}: day`}
          openCalendarAriaLabel={(selected) => `Choose the day${selected ? `, ${selected} is chosen` : ''}`}
          placeholder="YYYY/MM/DD"
        />
        <TimeInput
          value={value.time}
          onChange={({ detail }) => onChange({ ...value, time: detail.value })}
          format="hh:mm"
          placeholder="hh:mm"
          ariaLabel={`${label}: time`}
        />
      </SpaceBetween>
    </FormField>
  )
}
