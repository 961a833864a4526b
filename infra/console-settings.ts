import * as z from 'zod'

/** How the console of an environment is reached, and how people sign in to it; `{}` has a default for all of it. */
export const consoleSchema = z.strictObject({
  /**
   * The first part of the address of the page where one signs in. It must be free in the whole Region; left out, it is
   * the environment's name and the account's id. Cognito refuses the words "aws", "amazon" and "cognito" in it.
   */
  signInDomainPrefix: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be at most 63 of a–z, 0–9 and "-"')
    .refine((prefix) => !/aws|amazon|cognito/.test(prefix), 'must not contain "aws", "amazon" or "cognito"')
    .exactOptional(),
  /** Whether whoever signs in needs an authenticator app besides the password, or may have one. Left out: required. */
  secondFactor: z.enum(['required', 'optional']).exactOptional(),
  /** A name of one's own instead of the one that CloudFront gives. Its DNS record is made by hand. */
  domain: z
    .strictObject({
      name: z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'must be a host name in small letters'),
      certificateArn: z
        .string()
        .regex(
          /^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/,
          'must be the ARN of a certificate of ACM in us-east-1, where CloudFront looks for it',
        ),
    })
    .exactOptional(),
})

export type ConsoleSettings = z.infer<typeof consoleSchema>
