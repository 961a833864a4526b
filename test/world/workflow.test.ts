import { readFileSync } from 'node:fs'
import { loadDefinition, type WorkflowDefinition } from '../../apps/stage/workflow-definition.ts'
import { Random } from '../simulation/random.ts'
import { Timeline } from './timeline.ts'
import { type Machine, WorkflowEngine } from './workflow.ts'

type Json = Record<string, unknown>
interface Call {
  step: string
  node?: number
}

const MACHINES = ['failover', 'fallback', 'recovery', 'schedule'] as const
const SEQUENCES = 60
const DAY_MS = 86_400_000
/** A script that never ends a workflow is worth nothing. */
const MOST_CALLS = 60

const textOf = (machine: string): string =>
  readFileSync(new URL(`../../statemachines/${machine}.asl.json`, import.meta.url), 'utf8')

function inputOf(seed: string): Json {
  const random = new Random(seed, 'input')
  const own = { cluster: 'c', group: 'pair', transition: 't', attempt: 1 }
  return {
    ...own,
    trigger: random.pick(['OnAdminRequest', 'PeerDown', 'CriticalServiceDown']),
    waiting: random.happens(0.5),
    schedule: 's',
    waitUntil: new Date(1000).toISOString(),
    nodes: [0, 1].map((node) => ({ ...own, node })),
  }
}

/**
 * What becomes of each call: an outcome, an error of the Lambda, or silence (of a task that waits for a token). It goes by
 * the node and how often that node was called, because the iterations of a Map may come in any order.
 */
class Script {
  readonly calls: Call[] = []
  readonly #counts: Record<string, number> = {}
  readonly #seed: string

  constructor(seed: string) {
    this.#seed = seed
  }

  next(payload: Json): string {
    const { token: _, ...told } = payload
    this.calls.push(told as unknown as Call)
    const node = String(payload.node ?? '')
    this.#counts[node] = (this.#counts[node] ?? 0) + 1
    const random = new Random(this.#seed, node, this.#counts[node])
    if (this.calls.length > MOST_CALLS) return 'ended'
    const rates = { error: 2, silence: 2, done: 6, begun: 6, failed: 3, waiting: 1, pending: 2, ended: 1 }
    return random.weighed('token' in payload ? rates : { ...rates, silence: 0 })
  }

  /** By node, each in its order. */
  get told(): Call[][] {
    return [undefined, 0, 1].map((node) => this.calls.filter((call) => call.node === node))
  }
}

interface Ran {
  status: string
  told: Call[][]
}

async function interpreted(machine: string, seed: string): Promise<Ran> {
  const script = new Script(seed)
  const timeline = new Timeline(0)
  const definition = JSON.parse(textOf(machine)) as Machine
  const lambda = async (payload: Json) => {
    const outcome = script.next(payload)
    if (outcome === 'error') throw new Error('the Lambda failed')
    if ('token' in payload && outcome !== 'silence') {
      timeline.after(1, () => void engine.succeed(String(payload.token), { outcome }))
    }
    return { outcome, waitUntil: new Date(2000).toISOString() }
  }
  const engine = new WorkflowEngine(timeline, { [machine]: definition }, lambda, () => undefined)
  engine.start(machine, 'execution', inputOf(seed))
  await timeline.run(DAY_MS, () => false)
  return { status: engine.statusOf('execution') ?? '', told: script.told }
}

/** The engine of the stage, without its waits. */
async function run(definition: WorkflowDefinition, seed: string): Promise<Ran> {
  const script = new Script(seed)
  const none = Object.fromEntries(definition.states.map((state) => [state, 0]))
  const handler = (waitsForToken: boolean) => async (input: unknown) => {
    const outcome = script.next((input as { Payload: Json }).Payload)
    if (outcome === 'error') throw new Error('the Lambda failed')
    if (outcome === 'silence') throw Object.assign(new Error(), { name: 'States.Timeout' })
    return waitsForToken ? { outcome } : { Payload: { outcome, waitUntil: new Date(0).toISOString() } }
  }
  const { result } = definition.machine.run(inputOf(seed) as Parameters<typeof definition.machine.run>[0], {
    context: { States: definition.states.map(() => ({ Task: { Token: 'token' } })) },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        definition.tasks.map(({ state, waitsForToken }) => [state, handler(waitsForToken)]),
      ),
      waitTimeOverrides: none,
      retryIntervalOverrides: none,
    },
  })
  const status = await result.then(
    () => 'SUCCEEDED',
    () => 'FAILED',
  )
  return { status, told: script.told }
}

describe('the interpreter of workflows over virtual time goes as aws-local-stepfunctions does', () => {
  it.each(MACHINES)('%s', async (machine) => {
    const statuses = new Set<string>()
    const definition = loadDefinition(machine, textOf(machine), { WorkflowStepFunctionArn: 'workflow-step' })
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const seed = `${machine}/${sequence}`
      const real = await run(definition, seed)
      expect({ seed, ...(await interpreted(machine, seed)) }).toEqual({ seed, ...real })
      statuses.add(real.status)
    }
    const canFail = textOf(machine).includes('"Fail"')
    expect([...statuses].sort()).toEqual(canFail ? ['FAILED', 'SUCCEEDED'] : ['SUCCEEDED'])
  })
})
