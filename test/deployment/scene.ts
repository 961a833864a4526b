import { DEMO_PARAMETERS } from '../../apps/stage/demo.ts'
import { DoorWatcher } from '../stage/door-watcher.ts'
import type { Switches } from '../stage/switches.ts'
import { type Caller, createSession, createUser } from './callers.ts'
import { DeployedPair } from './deployed-pair.ts'
import { Deployment, STATEFUL, STATELESS } from './deployment.ts'
import { Emulator } from './emulator.ts'
import { Queue, sendEvents } from './queues.ts'

/** Longer than the demo's: the emulator answers more slowly than a stage, above all while it deploys. */
const PARAMETERS = {
  ...DEMO_PARAMETERS,
  criticalServiceDelaySeconds: 3,
  keepAliveTimeoutSeconds: 6,
  keepAliveIntervalSeconds: 1,
}

/** What the stories happen with: the control plane in an emulator, a pair of nodes, and whoever listens. */
export interface Scene {
  emulator: Emulator
  deployment: Deployment
  callers: Record<'operator' | 'viewer' | 'alpha' | 'beta', Caller>
  pair: DeployedPair
  /** Of the node beta. */
  beta: Switches
  /** All that is on the bus. */
  events: Queue
  /** What on-call is told. */
  onCall: Queue
  doors: DoorWatcher
  /** Ends every process, and removes every file. */
  end(): Promise<void>
}

/** Deploys, and brings a pair to Normal. Where that fails, nothing is left of it. */
export async function setScene(say: (what: string) => void): Promise<Scene> {
  const parts: { end(): Promise<void> }[] = []
  const end = async () => {
    say('ending everything')
    for (const part of parts.splice(0).reverse()) await part.end()
  }
  const keep = <Part extends { end(): Promise<void> }>(part: Part): Part => {
    parts.push(part)
    return part
  }
  try {
    say('starting the emulator')
    const emulator = keep(await Emulator.start(say))
    const onCall = await Queue.create(emulator, 'on-call')
    const deployment = new Deployment(emulator)
    say('cdk bootstrap')
    await deployment.bootstrap()
    say('cdk deploy')
    await deployment.deploy()

    const events = await Queue.create(emulator, 'events')
    await sendEvents(emulator, deployment.output(STATEFUL, 'EventBusName'), events)
    const policy = (name: 'Operator' | 'Viewer' | 'NodeAgent') => [deployment.output(STATELESS, `${name}PolicyArn`)]
    const callers = {
      operator: await createUser(emulator, 'operator', policy('Operator')),
      viewer: await createUser(emulator, 'viewer', policy('Viewer')),
      alpha: await createUser(emulator, 'alpha', policy('NodeAgent')),
      beta: await createSession(emulator, 'beta', policy('NodeAgent')),
    }
    const endpoint = deployment.endpoint()
    const pair = keep(await DeployedPair.up({ endpoint, callers, parameters: PARAMETERS, say }))
    const beta = await pair.installSwitches('beta')
    await pair.untilPair('Normal/Normal', 'Normal/Normal')
    const doors = new DoorWatcher(Object.fromEntries(pair.nodes.map(({ layout }) => [layout.node, layout.frontPort])))
    doors.start()
    keep({ end: () => doors.stop() })
    return { emulator, deployment, callers, pair, beta, events, onCall, doors, end }
  } catch (error) {
    await end()
    throw error
  }
}
