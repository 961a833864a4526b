declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** `path`: the folder of the LevelDB store; in memory without it. The times are how long a table stays in a state. */
  export default function dynalite(options: {
    path?: string
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }): Server
}
