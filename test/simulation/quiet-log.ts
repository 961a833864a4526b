import { info } from '../../functions/adapters/log.ts'

let loaded: Promise<void> | undefined

/** What the functions log of each failure is of no use here; the logger is loaded before time becomes virtual. */
export function silenceLog(): Promise<void> {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT'
  loaded ??= info('the simulation begins')
  return loaded
}
