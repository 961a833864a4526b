import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../../apps/client/node-client.ts'
import { ProblemError } from '../../apps/client/problem.ts'
import type { ApiRequest } from '../../apps/client/signed-client.ts'
import { DEMO } from '../../apps/stage/demo.ts'
import { until } from '../stage/stage-under-test.ts'
import { call } from './aws-calls.ts'
import type { Caller } from './callers.ts'
import { type Changes, changedCopy } from './deployment.ts'
import { REGION } from './emulator.ts'
import { Queue } from './queues.ts'
import { setScene } from './scene.ts'

const SWEEP_LIMIT_MS = 130_000
const LOOK_MS = 500

interface BusEvent {
  'detail-type': string
  detail: Record<string, unknown> & { id: string }
}

const startedMs = performance.now()
const say = (what: string) =>
  process.stderr.write(`… ${((performance.now() - startedMs) / 1000).toFixed(0).padStart(3)} s  ${what}\n`)

// Before all tests, and not in one: where it fails, that is said once.
const { emulator, deployment, callers, pair, beta, events, onCall, doors, end } = await setScene(say)

describe('the control plane, deployed by CDK into an emulator of AWS', () => {
  afterAll(end)
  beforeEach(() => say(expect.getState().currentTestName?.split(' emulator of AWS ')[1] ?? ''))

  const untilNormal = () => pair.untilPair('Normal/Normal', 'Normal/Normal')
  const untilFailedOver = (state: string, reason: string) =>
    pair.untilPair(`${state}/${reason}`, `RunningInBackupMode/${reason}`)

  /** What the API says to somebody: the status. */
  async function statusFor(caller: Caller, request: ApiRequest): Promise<number> {
    const client = createClient({ endpoint: deployment.endpoint(), region: REGION, credentials: caller.credentials })
    try {
      return (await client.request(request)).status
    } catch (error) {
      if (error instanceof ProblemError) return error.status
      throw error
    }
  }
  const group = `/clusters/${DEMO.cluster}/groups/${DEMO.group}`
  const look = { method: 'GET', path: group } as const
  const failover = { method: 'POST', path: `${group}/failover`, body: { node: 'alpha' } } as const
  const heartbeatOf = (node: string): ApiRequest => ({
    method: 'POST',
    path: `/clusters/${DEMO.cluster}/nodes/${node}/heartbeats`,
    body: {
      ...{ incarnation: 1e6, sequence: 1, bootId: 'forged', sentAtMs: Date.now(), epoch: 0, softwareVersion: '15.0.1' },
      ...{ services: {}, database: { state: 'running', forMs: 0 }, replicationSetup: 0 },
      gate: { open: [], kind: 'none' },
    },
  })

  it('answers to whom the deployed policies allow it, and to nobody else', async () => {
    await untilNormal()
    const { arn, credentials } = callers.operator
    const forger = { arn, credentials: { ...credentials, secretAccessKey: 'guessed' } }
    expect(await statusFor(forger, look)).toBe(403)
    expect((await fetch(`${deployment.endpoint()}${group}`)).status).toBe(403)

    expect(await statusFor(callers.viewer, look)).toBe(200)
    expect(await statusFor(callers.viewer, failover)).toBe(403)
    expect(await statusFor(callers.alpha, failover)).toBe(403)
    // The policy lets every node send heartbeats; whose they may be, the control plane itself looks at.
    expect(await statusFor(callers.alpha, heartbeatOf('beta'))).toBe(403)
    expect(await statusFor(callers.beta, heartbeatOf('alpha'))).toBe(403)
    expect((await pair.status()).transition).toBeNull()
  })

  it('fails over when a critical service dies, and falls back when it is asked to', async () => {
    process.kill(pair.pidOf('alpha', 'XCP Router'), 'SIGKILL')
    await untilFailedOver('FailedOverWithCriticalServicesNotRunning', 'CriticalServiceDown')
    await pair.node('alpha').startService('XCP Router')
    await untilFailedOver('FailedOver', 'CriticalServiceDown')
    await pair.askWhenAllowed('fallback', 'alpha')
    await untilNormal()
  })

  it('fails over when an agent dies, and back when it lives again', async () => {
    process.kill(pair.node('alpha').agent()?.pid as number, 'SIGKILL')
    await untilFailedOver('FailedOverWithCriticalServicesNotRunning', 'PeerDown')
    pair.node('alpha').startAgent()
    await untilFailedOver('FailedOver', 'PeerDown')
    await pair.askWhenAllowed('fallback', 'alpha')
    await untilNormal()
  })

  it('comes to failed mode when a take-over fails, and recovers', async () => {
    beta.on('onTakeOver fails')
    await pair.askWhenAllowed('failover', 'alpha')
    await pair.untilPair('RunningInFailedMode/TakeOverUsersFailed', 'RunningInFailedMode/TakeOverUsersFailed')
    beta.off('onTakeOver fails')
    await pair.recover()
    await untilNormal()
  })

  it('publishes what stands in the history, each entry once or more', async () => {
    const history = await pair.history()
    expect(history.length).toBeGreaterThan(10)
    await until('every entry of the history is on the bus', async () => {
      const published = new Set((await events.messages<BusEvent>()).map(({ detail }) => detail.id))
      return history.every(({ id }) => published.has(id))
    })
  })

  /** This app with other texts in some files, ready to be deployed. */
  const changed = (changes: Changes) => deployment.synthesize(changedCopy(emulator, changes))

  /** Has every answer of the API say where the code is from. */
  const answersFrom = (from: string): Changes => ({
    'functions/http.ts': (text) => text.replace("'x-request-id'", `'x-deployment': '${from}', 'x-request-id'`),
  })
  const deploymentHeader = async () => (await pair.client.request(look)).headers.get('x-deployment')
  const configuration = async () =>
    (await pair.client.request({ method: 'GET', path: `/clusters/${DEMO.cluster}` })).body

  it('takes changed code by hotswap, without a deployment of the stack', async () => {
    const said = await deployment.deploy({ app: await changed(answersFrom('swapped')), hotswap: true })
    expect(said).toMatch(/hotswapped!/)
    await until('the swapped code answers', async () => (await deploymentHeader()) === 'swapped')
    await untilNormal()
  })

  it('is deployed anew over a running failover: nothing is lost, and the failover completes', async () => {
    const runs = beta.runs('onTakeOver').length
    const app = await changed({
      ...answersFrom('second'),
      'statemachines/failover.asl.json': (text) => text.replace('"Comment": "', '"Comment": "Deployed anew. '),
    })
    beta.on('onTakeOver hangs')
    const { transition } = (await pair.askWhenAllowed('failover', 'alpha')).body
    await until('beta takes over', () => beta.runs('onTakeOver').length > runs)
    const before = { history: await pair.history(), configuration: await configuration() }

    expect(await deployment.deploy({ app })).toMatch(/UPDATE_COMPLETE.*failover-workflow\/StateMachine/)
    await until('the second deployment answers', async () => (await deploymentHeader()) === 'second')
    const running = await pair.status()
    expect(running.nodes.map(({ state }) => state)).toEqual(['FailingOver', 'TakingOver'])
    expect(running.transition?.id).toBe(transition.id)

    beta.off('onTakeOver hangs')
    await pair.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')
    // The history follows the decision at a little distance.
    const path = `${group}/transitions/${transition.id}`
    await until('the failover has succeeded', async () => {
      const { body } = await pair.client.request<{ status: string }>({ method: 'GET', path })
      return body.status === 'SUCCEEDED'
    })
    expect(await pair.history()).toEqual(expect.arrayContaining(before.history))
    expect(await configuration()).toEqual(before.configuration)
    await pair.askWhenAllowed('fallback', 'alpha')
    await untilNormal()
  })

  it('never let two nodes serve the same users', () => {
    expect(doors.servedTwice()).toEqual([])
    expect(pair.errors).toEqual([])
  })

  it('sweeps once a minute: on-call hears that both nodes are silent', async () => {
    for (const node of pair.nodes) process.kill(node.agent()?.pid as number, 'SIGKILL')
    const isTold = ({ Message }: { Message: string }) => /silent/i.test(Message)
    await until(
      'on-call is told',
      async () => {
        await pause(LOOK_MS)
        return (await onCall.messages<{ Message: string }>()).some(isTold)
      },
      SWEEP_LIMIT_MS,
    )
    for (const name of ['sweeper', 'alerts']) {
      const failed = await Queue.find(emulator, `understudy-emulator-${name}-dead-letters`)
      expect({ name, failed: await failed.messages() }).toEqual({ name, failed: [] })
    }
  })

  it('lets no function ask for what its role does not allow', async () => {
    const groups = await call<{ logGroups: { logGroupName: string }[] }>(emulator, 'logs', 'DescribeLogGroups', {
      logGroupNamePrefix: '/aws/lambda/understudy-emulator-',
    })
    const names = groups.logGroups.map(({ logGroupName }) => logGroupName)
    expect(names).toContain('/aws/lambda/understudy-emulator-heartbeat')
    for (const logGroupName of names) {
      const found = await call<{ events: { message: string }[] }>(emulator, 'logs', 'FilterLogEvents', {
        logGroupName,
        filterPattern: 'AccessDenied',
      })
      expect({ logGroupName, refused: found.events }).toEqual({ logGroupName, refused: [] })
    }
  })
})
