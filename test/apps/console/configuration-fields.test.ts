import {
  bodyOf,
  builtUpon,
  changesOf,
  complaintsAt,
  draftOf,
  type Field,
  meanwhileOf,
  typedText,
} from '../../../apps/console/pages/configuration/fields.ts'

const FIELDS: Field[] = [
  { path: 'host', label: 'Host', kind: 'text' },
  { path: 'limits.lower', label: 'Lower', kind: 'number', unit: 's' },
  { path: 'limits.margin', label: 'Margin', kind: 'number', whenEmpty: 'a twelfth' },
  { path: 'automatic', label: 'Automatic', kind: 'switch' },
  {
    path: 'size',
    label: 'Size',
    kind: 'choice',
    options: [{ value: '500', label: '500 users' }],
    whenEmpty: 'not set',
  },
  { path: 'services', label: 'Services', kind: 'list' },
]
const BODY = {
  host: 'a',
  limits: { lower: 60, other: 1 },
  automatic: false,
  size: 500,
  services: ['x', 'y'],
  more: 'kept',
}
const opened = draftOf(FIELDS, BODY)
const pathsOf = (changes: { field: Field }[]) => changes.map(({ field }) => field.path)

describe('a form', () => {
  it('that nobody has typed in changes nothing, and sends what it was opened with', () => {
    expect(changesOf(FIELDS, opened, opened)).toEqual([])
    expect(bodyOf(FIELDS, opened, BODY)).toEqual(BODY)
  })

  it('sends numbers as numbers, leaves out what is empty, and changes nothing that it does not show', () => {
    const typed = { ...opened, host: ' b ', 'limits.lower': '1,5', 'limits.margin': ' ', size: '', automatic: true }

    expect(bodyOf(FIELDS, typed, BODY)).toEqual({
      host: 'b',
      limits: { lower: 1.5, other: 1 },
      automatic: true,
      services: ['x', 'y'],
      more: 'kept',
    })
    expect(BODY.limits.lower).toBe(60)
  })

  it('takes 60.0 for 60, and the order of a list for a difference', () => {
    expect(changesOf(FIELDS, opened, { ...opened, 'limits.lower': '60.0', host: 'a ' })).toEqual([])
    expect(pathsOf(changesOf(FIELDS, opened, { ...opened, services: ['y', 'x'] }))).toEqual(['services'])
  })

  it('takes what is no number, or nothing where there must be one, for a change and not for 0', () => {
    for (const text of ['', 'abc']) {
      const typed = { ...opened, 'limits.lower': text }
      expect(bodyOf(FIELDS, typed, BODY).limits).toMatchObject({ lower: Number.NaN })
      expect(pathsOf(changesOf(FIELDS, opened, typed))).toEqual(['limits.lower'])
    }
  })

  it('says values as people do', () => {
    const [, lower, margin, automatic, size, services] = FIELDS as [Field, Field, Field, Field, Field, Field]
    expect([
      typedText(lower, '60'),
      typedText(margin, ''),
      typedText(automatic, true),
      typedText(size, '500'),
      typedText(services, ['x', 'y']),
      typedText(services, []),
    ]).toEqual(['60 s', 'a twelfth', 'on', '500 users', 'x, y', 'none'])
  })

  it('shows complaints at their fields, and tells the others', () => {
    const told = complaintsAt(FIELDS, [
      { path: 'limits.lower', message: 'must be at least 1' },
      { path: 'limits.lower', message: 'must be fine' },
      { path: 'services.1', message: 'must not be empty' },
      { path: 'servicesX', message: 'is not known here' },
      { path: '', message: 'all of it' },
    ])
    expect(told).toEqual({
      at: { 'limits.lower': 'must be at least 1', services: 'must not be empty' },
      elsewhere: ['servicesX: is not known here', 'all of it'],
    })
  })
})

describe('somebody changed meanwhile', () => {
  const now = draftOf(FIELDS, { ...BODY, host: 'theirs', automatic: true, services: ['z'] })
  const mine = { ...opened, host: 'mine', 'limits.lower': '90', services: ['z'] }

  it('what one changes, too: both are told, and which of them contradict', () => {
    const told = meanwhileOf(FIELDS, opened, now, mine)
    expect(
      told.map(({ field, was, theirs, yours, isConflict }) => [field.path, was, theirs, yours, isConflict]),
    ).toEqual([
      ['host', 'a', 'theirs', 'mine', true],
      ['automatic', false, true, false, false],
      ['services', ['x', 'y'], ['z'], ['z'], false],
    ])
  })

  it('something else: nothing is told', () => {
    expect(meanwhileOf(FIELDS, opened, opened, mine)).toEqual([])
  })

  it('what one typed builds upon theirs; of a contradiction only what one chose stays', () => {
    const merged = { host: 'theirs', 'limits.lower': '90', automatic: true, services: ['z'], size: '500' }
    expect(builtUpon(FIELDS, opened, now, mine, {})).toMatchObject(merged)
    expect(builtUpon(FIELDS, opened, now, mine, { host: true })).toMatchObject({ ...merged, host: 'mine' })
    expect(builtUpon(FIELDS, opened, now, mine, { automatic: true })).toMatchObject(merged)
  })
})
