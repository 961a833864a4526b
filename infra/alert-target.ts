import * as z from 'zod'

/** `page` wakes somebody, `notice` waits for the morning; functions/handlers/alerts.ts says it of every message. */
const severity = z.enum(['page', 'notice']).exactOptional()

/**
 * Who is told. Without a severity a target is told everything. With `page` it is told the incidents that are one, and
 * every alarm of the control plane; with `notice` the incidents that are one, and no alarm.
 */
const alertTarget = z.discriminatedUnion('protocol', [
  z.strictObject({ protocol: z.literal('email'), endpoint: z.email('must be an address'), severity }),
  z.strictObject({
    protocol: z.literal('https'),
    endpoint: z.url({ protocol: /^https$/, error: 'must be a URL with https' }),
    severity,
  }),
  z.strictObject({
    protocol: z.literal('sms'),
    endpoint: z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a telephone number, such as +4915112345678'),
    severity,
  }),
  z.strictObject({
    protocol: z.literal('sqs'),
    endpoint: z.string().regex(/^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/, 'must be the ARN of a queue'),
    severity,
  }),
])

export const alertsSchema = z.strictObject({
  targets: z
    .array(alertTarget)
    .refine(
      (targets) => new Set(targets.map(({ endpoint }) => endpoint)).size === targets.length,
      'names a target twice',
    ),
})

export type AlertTarget = z.infer<typeof alertTarget>
