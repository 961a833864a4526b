import type * as z from 'zod'

/** What a route is for, in the OpenAPI document. */
export interface Operation {
  summary: string
  body?: z.core.$ZodType
  answers: Record<number, string>
  /** A body that the route takes, and what it then answers. */
  example?: { body?: unknown; answer: unknown }
}
