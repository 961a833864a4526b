import { useState } from 'react'
import { ProblemError } from '../../../client/problem.ts'
import { complaints as complaintsOf } from '../../parts/form.ts'
import {
  bodyOf,
  builtUpon,
  type Change,
  changesOf,
  complaintsAt,
  type Draft,
  draftOf,
  type Field,
  meanwhileOf,
  type Typed,
} from './fields.ts'

import type { ChangeFormProps, Standing } from './form-props.ts'

const NOT_A_NUMBER = 'must be a number'

/** What of a form's fields is wrong: by the contract, and in the words of who types. */
function wrongIn(schema: ChangeFormProps['schema'], fields: readonly Field[], body: object) {
  const { at } = complaintsAt(
    fields,
    Object.entries(complaintsOf(schema, body)).map(([path, message]) => ({
      path,
      message: message.includes('received NaN') ? NOT_A_NUMBER : message,
    })),
  )
  return at
}

/** The state of a form: what it was opened with, what is typed, what stands now, and what is wrong. */
export function useChange({ standing, isNew = false, fields: fieldsOf, schema }: ChangeFormProps) {
  const [base, setBase] = useState<Standing>(standing)
  const first = fieldsOf({})
  const [draft, setDraft] = useState<Draft>(() => draftOf(first, standing.body))
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const [isChecked, setChecked] = useState(false)
  const [refused, setRefused] = useState<Record<string, string>>({})
  const [elsewhere, setElsewhere] = useState<readonly string[]>([])

  const fields = fieldsOf(draft)
  const opened = draftOf(fields, base.body)
  const now = draftOf(fields, standing.body)
  const meanwhile = meanwhileOf(fields, opened, now, draft)
  // What somebody changed is not of this form: what is typed builds upon it as it is.
  if (meanwhile.length === 0 && standing.etag !== base.etag) setBase(standing)

  const body = bodyOf(fields, draft, base.body)
  const changes = changesOf(fields, opened, draft)
  const wrong = wrongIn(schema, fields, body)
  const isShown = (path: string) => !isNew || isChecked || touched.has(path)
  const told = Object.fromEntries(Object.entries(wrong).filter(([path]) => isShown(path)))

  return {
    fields,
    draft,
    changes,
    /** Of something new, all that is set is shown. */
    shown: isNew ? fields.map((field): Change => ({ field, from: '', to: draft[field.path] ?? '' })) : changes,
    body,
    openedBody: base.body as Record<string, unknown>,
    etag: base.etag,
    newestEtag: standing.etag,
    meanwhile,
    complaints: { ...refused, ...told },
    elsewhere,
    set(values: Record<string, Typed>) {
      setDraft({ ...draft, ...values })
      setRefused({})
      setElsewhere([])
    },
    touch: (path: string) => setTouched(new Set([...touched, path])),
    /** Is it all as the contract wants it? What is not is shown from then on. */
    check(): boolean {
      setChecked(true)
      return Object.keys(wrong).length === 0
    },
    /** Shows what the API complains about at the fields; false: it complains about none of them. */
    take(error: unknown): boolean {
      const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : []
      if (errors.length === 0) return false
      const found = complaintsAt(fields, errors)
      setRefused(found.at)
      setElsewhere(found.elsewhere)
      return true
    },
    build(kept: Readonly<Record<string, boolean>>) {
      setDraft(builtUpon(fields, opened, now, draft, kept))
      setBase(standing)
    },
  }
}
