import type { ReactNode } from 'react'
import type * as z from 'zod'
import type { BuiltUpon } from '../../../client/configuration-api.ts'
import type { Draft, Field, Typed } from './fields.ts'

/** What a form builds upon: what the API answered, and the version under which it may be changed. */
export interface Standing {
  body: object
  etag: BuiltUpon
}

export interface ChangeFormProps {
  title: string
  isNew?: boolean
  /** As it stands now; it may change while the form is open. */
  standing: Standing
  /** Why it could not be read anew. */
  problem?: unknown
  fields: (draft: Draft) => Field[]
  schema: z.ZodType
  send: (body: Record<string, unknown>, etag: BuiltUpon) => Promise<unknown>
  consequences: (from: Record<string, unknown>, to: Record<string, unknown>) => readonly string[]
  /** What is told when it is done. */
  done: (body: Record<string, unknown>) => string
  /** Where one goes when it is done, or not wanted. */
  end: (body?: Record<string, unknown>) => string
  /** Beside the fields: what sets several of them. */
  besides?: (draft: Draft, set: (values: Record<string, Typed>) => void) => ReactNode
}
