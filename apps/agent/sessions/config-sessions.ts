import * as z from 'zod'
import { seconds, section } from '../config-values.ts'

const count = (most: number) => z.int('give a count').min(1).max(most)

/** How sessions are re-created after users came to this node; the command is `hooks.onRestoreSessions`. */
export const sessions = section({
  /** Sessions for one run of the command. */
  batchSize: count(1000).default(100),
  /** Runs of the command at the same time. */
  atOnce: count(64).default(4),
  /** How often a session is tried before it has failed. */
  tries: count(20).default(3),
  timeLimitSeconds: seconds().default(30),
}).prefault({})
