import type * as z from 'zod'

/** What is wrong with which field, by its path (`clientReLogin.lowerLimitSeconds`; '' is the whole); nothing where all is well. */
export function complaints(schema: z.ZodType, value: unknown): Record<string, string> {
  const { error } = schema.safeParse(value)
  const found: Record<string, string> = {}
  for (const { path, message } of error?.issues ?? []) found[path.join('.')] ??= message
  return found
}
