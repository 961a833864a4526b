import * as z from 'zod'

/** A mapping; mistyped keys are told together with the right ones. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'give a mapping of keys to values'
      return `unknown: ${issue.keys.join(', ')}; there are: ${Object.keys(shape).join(', ')}`
    },
  })

export const name = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'give a name of 1 to 128 letters, digits, "_" or "-"')

export const seconds = () => z.number('give a number of seconds').positive('give more than 0 seconds').max(3600)

export const port = z.int('give a port').min(1).max(65535)

/** Program and arguments, run without a shell: `[sh, -c, "…"]` where one is wanted. */
export const command = z.array(z.string().min(1), 'give a list: the program, then its arguments').min(1)
