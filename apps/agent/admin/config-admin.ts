import net from 'node:net'
import * as z from 'zod'
import { isLoopback } from '../../client/problem.ts'
import { section } from '../config-values.ts'

/** Whether nobody outside the host gets there. */
export const isLoopbackAddress = (address: string): boolean => isLoopback(address) || address === '::1'

/** Where the agent answers local administration. Plain HTTP: whoever lets it out of the host gives it a token of his own. */
export const admin = section({
  address: z
    .string()
    .refine((address) => net.isIP(address) !== 0, 'give an address such as 127.0.0.1, not a name')
    .default('127.0.0.1'),
  /** Where it is another than the cluster's `adminRpcPort`; 0: any that is free. */
  port: z.int('give a port').min(0).max(65535).optional(),
  /** Holds the token that opens it; only its owner may read it. Left out, each start of the agent makes one. */
  tokenFile: z.string().min(1).optional(),
})
  .refine(
    ({ address, tokenFile }) => isLoopbackAddress(address) || tokenFile !== undefined,
    'an address that others reach needs a tokenFile: fence and release stand open there',
  )
  .prefault({})
