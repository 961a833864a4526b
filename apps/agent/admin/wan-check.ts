import path from 'node:path'
import * as z from 'zod'
import type { Log } from '../log.ts'
import type { Peer } from '../peer/peer-link.ts'
import { readStateFile, writeStateFile } from '../state-file.ts'
import type { TransferParties } from './peer-transfer.ts'
import { measureTransfer, TooSoon } from './transfer-client.ts'
import { TransferServer } from './transfer-server.ts'

/** What the line between the nodes of a pair has to give [B7]. */
export const WAN_BOUNDS = { mostRoundTripMs: 80, leastMbitPerSecond: 10 } as const
const PINGS = 5

const wanResult = z.object({
  peer: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** The median of the pings that were answered; null: none was. */
  roundTripMs: z.number().nullable(),
  pings: z.object({ sent: z.int(), answered: z.int() }),
  mbitPerSecond: z.number().nullable(),
  /** Why a figure could not be measured, or is out of bounds; empty where all is well. */
  problems: z.array(z.string()),
})
export type WanResult = z.infer<typeof wanResult>

export interface WanCheckOptions extends TransferParties {
  /** The agent's own address, where the peer's bytes arrive. */
  address: string
  stateFolder: string
  /** Over the peer link. */
  roundTripsMs: (count: number) => Promise<number[]>
  log: Log
  betweenMs?: number
}

/**
 * Measures the line to the peer: the way there and back by pings of the peer link, the throughput by bytes sent to the
 * peer's agent. The last figures are kept in `wan-check.json` of the state folder, and told in the heartbeats.
 */
export class WanCheck {
  readonly #options: WanCheckOptions
  readonly #server: TransferServer
  #peer: Peer | undefined
  #running: Promise<WanResult> | undefined
  #last: WanResult | null

  constructor(options: WanCheckOptions) {
    this.#options = options
    this.#server = new TransferServer(options)
    this.#last = readLast(fileIn(options.stateFolder))
  }

  /** Null: not measured yet, or with another peer. */
  get last(): WanResult | null {
    return this.#last !== null && this.#peer?.node === this.#last.peer ? this.#last : null
  }

  /** Where this end listens; null: it does not. */
  get port(): number | null {
    return this.#server.port
  }

  follow(peer: Peer | undefined, ownPort: number): void {
    this.#peer = peer
    this.#server.follow(peer, ownPort)
  }

  close(): void {
    this.#server.close()
  }

  /** Who asks while one is under way is told its result. Throws where there is nobody to measure with, or too soon. */
  run(): Promise<WanResult> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<WanResult> {
    const { roundTripsMs, node, cluster, log, stateFolder } = this.#options
    const peer = this.#peer
    if (!peer)
      throw new Error('there is no peer to measure with: the control plane names one, and gives a key, for a pair')
    // One after the other: bytes under way would make the pings late.
    const trips = (await roundTripsMs(PINGS)).sort((one, other) => one - other)
    const roundTripMs = trips[Math.floor(trips.length / 2)] ?? null
    const problems =
      roundTripMs === null ? ['the peer link is silent: is UDP open on the service port, both ways?'] : []
    let mbitPerSecond: number | null = null
    try {
      const { bytes, durationMs } = await measureTransfer(peer, { node, cluster })
      mbitPerSecond = (bytes * 8) / 1e6 / (Math.max(1, durationMs) / 1000)
    } catch (error) {
      if (error instanceof TooSoon) throw error
      problems.push(`the throughput was not measured: ${(error as Error).message}`)
    }
    const { mostRoundTripMs, leastMbitPerSecond } = WAN_BOUNDS
    if (roundTripMs !== null && roundTripMs > mostRoundTripMs)
      problems.push(`the round trip takes ${roundTripMs.toFixed(1)} ms, and may take ${mostRoundTripMs} ms`)
    if (mbitPerSecond !== null && mbitPerSecond < leastMbitPerSecond)
      problems.push(`the line gives ${mbitPerSecond.toFixed(1)} Mbit/s, and has to give ${leastMbitPerSecond} Mbit/s`)
    const pings = { sent: PINGS, answered: trips.length }
    const result = { peer: peer.node, at: new Date().toISOString(), roundTripMs, pings, mbitPerSecond, problems }
    this.#last = result
    log(`wan-check with ${peer.node}: ${wanWords(result)}`)
    await writeStateFile(fileIn(stateFolder), result)
    return result
  }
}

export function wanWords({ roundTripMs, mbitPerSecond, problems }: WanResult): string {
  const trip = roundTripMs === null ? 'no round trip' : `round trip ${roundTripMs.toFixed(1)} ms`
  const rate = mbitPerSecond === null ? 'no throughput' : `${mbitPerSecond.toFixed(1)} Mbit/s`
  return [`${trip}, ${rate}`, ...problems].join('; ')
}

const fileIn = (stateFolder: string): string => path.join(stateFolder, 'wan-check.json')

/** A file that is missing or damaged costs no more than a measurement. */
function readLast(file: string): WanResult | null {
  try {
    return readStateFile(file, wanResult, '') ?? null
  } catch {
    return null
  }
}
