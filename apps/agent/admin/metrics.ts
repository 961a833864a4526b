/** What is measured, for Prometheus: each name with its type and its meaning. Units stand last in the names. */
const DEFINITIONS = {
  info: ['gauge', 'Always 1; who this is stands in the labels.'],
  state: [
    'gauge',
    'Always 1; the state and the reason of the node, as the control plane said last, stand in the labels.',
  ],
  connected: ['gauge', 'Whether the last heartbeat was answered.'],
  heartbeats_sent_total: ['counter', 'Heartbeats sent.'],
  heartbeats_failed_total: ['counter', 'Heartbeats that were refused, or not answered in time.'],
  last_answer_age_seconds: ['gauge', 'Since the newest answered heartbeat was sent; left out before there is one.'],
  clock_ahead_seconds: ['gauge', "What the host's clock is ahead of the control plane's."],
  lease_remaining_seconds: [
    'gauge',
    'Until the door for these users closes by itself; left out where it is closed, or has no lease.',
  ],
  door_open: ['gauge', 'Whether the gate lets in the users of this home node.'],
  gate_readable: ['gauge', 'Whether the gate could be asked.'],
  fenced: ['gauge', 'Whether an operator keeps every door closed.'],
  forced_doors: ['gauge', 'Doors that an operator forced open without a lease.'],
  service_up: ['gauge', 'Whether the service runs.'],
  service_probe_seconds: ['summary', 'How long looking at the service took.'],
  command_results_total: ['counter', 'Commands of the control plane that have ended, by their result.'],
  hook_results_total: ['counter', "Runs of the operator's own commands, by their result."],
  peer_heard_age_seconds: ['gauge', 'Since the peer was last heard by the peer link.'],
  peer_round_trip_seconds: ['gauge', 'Of the last ping that the peer answered.'],
  peer_throughput_bits_per_second: ['gauge', 'As the last wan-check has measured it.'],
  promises_given: ['gauge', 'Doors that are promised to the peer at this moment.'],
  stalls_total: ['counter', 'How often this process stood still.'],
  stalled_seconds_total: ['counter', 'How long this process stood still, in all.'],
  process_resident_memory_bytes: ['gauge', 'Resident memory of the agent.'],
  process_cpu_seconds_total: ['counter', 'User and system time of the agent.'],
  process_uptime_seconds: ['gauge', 'Since the agent was started.'],
} as const satisfies Record<string, readonly [type: string, help: string]>

export type MetricName = keyof typeof DEFINITIONS
export const METRIC_NAMES = Object.keys(DEFINITIONS) as MetricName[]
export const PREFIX = 'understudy_agent_'

export type Labels = Readonly<Record<string, string>>
export interface Sample {
  name: MetricName
  value: number
  labels?: Labels
  /** Of a summary. */
  part?: 'sum' | 'count'
}

/** Counts what happens; everything else is looked at when it is asked for. */
export class Metrics {
  readonly #samples = new Map<string, Required<Pick<Sample, 'name' | 'value' | 'labels'>> & Pick<Sample, 'part'>>()

  constructor() {
    // A counter that is not there before the first event hides that event from `increase`.
    for (const name of ['heartbeats_sent_total', 'heartbeats_failed_total'] as const)
      this.#add({ name, labels: {}, value: 0 })
  }

  count(name: MetricName, labels: Labels = {}): void {
    this.#add({ name, labels, value: 1 })
  }

  /** One more observation of a summary. */
  observe(name: MetricName, seconds: number, labels: Labels): void {
    this.#add({ name, labels, value: seconds, part: 'sum' })
    this.#add({ name, labels, value: 1, part: 'count' })
  }

  get samples(): Sample[] {
    return [...this.#samples.values()]
  }

  #add(sample: Required<Pick<Sample, 'name' | 'value' | 'labels'>> & Pick<Sample, 'part'>): void {
    const key = `${sample.name} ${sample.part ?? ''} ${JSON.stringify(sample.labels)}`
    const value = (this.#samples.get(key)?.value ?? 0) + sample.value
    this.#samples.set(key, { ...sample, value })
  }
}

/** The text format of Prometheus, version 0.0.4. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function metricsText(samples: Sample[]): string {
  const names = METRIC_NAMES.filter((name) => samples.some((sample) => sample.name === name))
  return names
    .flatMap((name) => {
      const [type, help] = DEFINITIONS[name]
      const lines = samples.filter((sample) => sample.name === name).map(line)
      return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${type}`, ...lines]
    })
    .map((each) => `${each}\n`)
    .join('')
}

function line({ name, value, labels = {}, part }: Sample): string {
  const told = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${PREFIX}${name}${part ? `_${part}` : ''}${told.length > 0 ? `{${told.join(',')}}` : ''} ${value}`
}

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
