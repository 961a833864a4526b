import type { NodeIndex } from '../../../domain/model.ts'
import type { Settings } from '../../../domain/settings.ts'
import { HostWithAgent } from '../../world/node.ts'
import type { Timeline } from '../../world/timeline.ts'
import { PeerAgent, type Report } from './agent.ts'
import { FIRST, merged, type PairRecord } from './record.ts'

export interface Message {
  /** Counts on: what is overtaken is not heard any more. */
  number: number
  record: PairRecord
  /** Null: the database alone speaks. */
  report: Report | null
}

/** What a node needs of the pair that it belongs to. */
export interface Pair {
  settings: () => Settings
  send: (from: PeerNode, message: Message) => void
  /** Told of every change that a node makes, before it is made. */
  onChange: (by: PeerNode, record: PairRecord) => void
  askFailover: (of: PeerNode) => void
  say: (text: string) => void
}

/**
 * A host of a pair that keeps itself. Its services let in whom the record in its own database says: that copy is brought
 * up to date by the peer's database, whether or not an agent runs.
 */
export class PeerNode extends HostWithAgent<PeerAgent> {
  readonly place: NodeIndex
  record: PairRecord = FIRST
  readonly #names: readonly [string, string]
  readonly #timeline: Timeline
  readonly #pair: Pair
  /** Since the last boot the peer was neither heard nor found to be down: nobody is let in. */
  #isStarting = false
  #sent = 0
  #heard = 0

  constructor(place: NodeIndex, names: readonly [string, string], timeline: Timeline, pair: Pair) {
    super(names[place], timeline, pair.say)
    this.place = place
    this.#names = names
    this.#timeline = timeline
    this.#pair = pair
    this.#letIn()
  }

  /** Begins to speak. */
  start(): void {
    this.startAgent()
    this.#replicate()
  }

  protected beginAgent(): PeerAgent {
    return new PeerAgent(this, this.#pair.settings)
  }

  /** The agent that can be asked for something now. */
  get answering(): PeerAgent | null {
    return this.agent?.isAnswering && !this.#isStarting ? this.agent : null
  }

  override powerOn(): void {
    this.#isStarting = true
    super.powerOn()
  }

  /** There is no gate that an administrator could close: he asks for a failover. */
  setFenced(fenced: boolean): void {
    if (fenced) this.#pair.askFailover(this)
  }

  noteStarted(): void {
    if (!this.#isStarting) return
    this.#isStarting = false
    this.#letIn()
  }

  change(record: PairRecord): void {
    this.#pair.onChange(this, record)
    this.#take(record)
    this.agent?.noteRecord()
  }

  send(report: Report | null): void {
    if (!this.host.isUp) return
    this.#sent += 1
    this.#pair.send(this, { number: this.#sent, record: this.record, report })
  }

  hear({ number, record, report }: Message): void {
    if (!this.host.isUp) return
    const known = this.record
    this.#take(merged(known, record))
    if (this.record !== known) this.agent?.hearRecord()
    if (number <= this.#heard) return
    this.#heard = number
    if (report) this.agent?.hear(report)
  }

  /** The copy that stands: whom it names is let in, and the peer is told. */
  #take(record: PairRecord): void {
    if (record === this.record) return
    this.record = record
    this.#letIn()
    this.send(null)
  }

  #letIn(): void {
    const served = this.#names.filter((_, set) => !this.#isStarting && this.record.owners[set] === this.place)
    this.host.setDoors(Object.fromEntries(served.map((home) => [home, 'unleased' as const])))
  }

  #replicate(): void {
    this.send(null)
    this.#timeline.after(this.#pair.settings().keepAliveIntervalMs, () => this.#replicate())
  }
}
