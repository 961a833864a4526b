import { ProblemError } from '../../apps/client/problem.ts'
import { type Hook, UNRELIABLE } from '../stage/switches.ts'
import { DATABASE } from './pair.ts'
import type { Deed, Scene, Who } from './story.ts'

/** What can be done to a pair: the words of the stories. Nothing here knows a state. */

const demo = ({ pair, nameOf }: Scene, who: Who) => pair.node(nameOf(who))
const switchesOf = ({ pair, nameOf }: Scene, who: Who) => {
  const switches = pair.switches.get(nameOf(who))
  if (!switches) throw new Error(`${who} has no switches`)
  return switches
}
/** From now on this node's silence is the story's own doing. */
const silence = ({ pair, nameOf }: Scene, who: Who) => pair.silenced.add(nameOf(who))

// An operator, over the API.

export const asksForFailover = (who: Who): Deed => ({
  text: `an operator asks for a failover of ${who}`,
  act: ({ pair, nameOf }) => pair.askWhenAllowed('failover', nameOf(who)),
})

export const asksForFallback = (who: Who): Deed => ({
  text: `an operator asks for a fallback to ${who}`,
  act: ({ pair, nameOf }) => pair.askWhenAllowed('fallback', nameOf(who)),
})

export const asksForRecovery: Deed = {
  text: 'an operator asks for a recovery',
  act: ({ pair }) => pair.recover(),
}

export const forcesHighAvailability: Deed = {
  text: 'an operator enables high availability by force',
  act: ({ pair }) => pair.enable(true),
}

export const isRefusedHighAvailability: Deed = {
  text: 'an operator is refused high availability: the group is not ready',
  async act({ pair }) {
    await pair.until('the group is not ready', async () => !(await pair.isReady()))
    const refusal = await pair.enable().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refusal instanceof ProblemError && refusal.problem.code === 'NotReady') return
    throw new Error(`high availability was not refused as it should be: ${refusal}`)
  },
}

// Services.

export const dies = (who: Who, service: string): Deed => ({
  text: `${service} of ${who} dies`,
  act: ({ pair, nameOf }) => void process.kill(pair.pidOf(nameOf(who), service), 'SIGKILL'),
})
export const databaseDies = (who: Who): Deed => dies(who, DATABASE)

export const isStartedByHand = (who: Who, service: string): Deed => ({
  text: `an administrator starts ${service} of ${who}`,
  act: (scene) => demo(scene, who).startService(service),
})
export const databaseIsStartedByHand = (who: Who): Deed => isStartedByHand(who, DATABASE)

export const cannotStart = (who: Who): Deed => ({
  text: `${UNRELIABLE} of ${who} does not start any more`,
  act: (scene) => switchesOf(scene, who).on('cannot start'),
})

export const isRepaired = (who: Who): Deed => ({
  text: `${UNRELIABLE} of ${who} is repaired`,
  act: (scene) => switchesOf(scene, who).off('cannot start'),
})

// Moving the users: the operator's own hooks on a node.

const WORDS: Record<Hook, string> = { onTakeOver: 'taking over', onTakeBack: 'taking back' }

/** The transition stays where it is, so that it can be looked at. */
export const takesLong = (who: Who, hook: Hook): Deed => ({
  text: `${WORDS[hook]} will take ${who} long`,
  act: (scene) => switchesOf(scene, who).on(`${hook} hangs`),
})

export const finishes = (who: Who, hook: Hook): Deed => ({
  text: `${who} is done with ${WORDS[hook]}`,
  act: (scene) => switchesOf(scene, who).off(`${hook} hangs`),
})

export const willFail = (who: Who, hook: Hook): Deed => ({
  text: `${WORDS[hook]} will fail on ${who}`,
  act: (scene) => switchesOf(scene, who).on(`${hook} fails`),
})

export const willWorkAgain = (who: Who, hook: Hook): Deed => ({
  text: `${WORDS[hook]} will work again on ${who}`,
  act: (scene) => switchesOf(scene, who).off(`${hook} fails`),
})

// Agents and hosts.

export const agentRestarts = (who: Who): Deed => ({
  text: `the agent of ${who} is restarted`,
  act: ({ pair, nameOf }) => pair.restartAgent(nameOf(who)),
})

export const agentDies = (who: Who): Deed => ({
  text: `the agent of ${who} dies`,
  act(scene) {
    silence(scene, who)
    const agent = demo(scene, who).agent()
    if (!agent) throw new Error(`the agent of ${who} does not run`)
    process.kill(agent.pid, 'SIGKILL')
  },
})

export const agentStarts = (who: Who): Deed => ({
  text: `the agent of ${who} is started`,
  act: (scene) => demo(scene, who).startAgent(),
})

export const isCutOff = (who: Who): Deed => ({
  text: `${who} is cut off from its peer and from the control plane`,
  act(scene) {
    silence(scene, who)
    scene.pair.cutOff(scene.nameOf(who))
  },
})

export const isConnectedAgain = (who: Who): Deed => ({
  text: `${who} is connected again`,
  act: ({ pair, nameOf }) => pair.connectAgain(nameOf(who)),
})

export const losesPower = (who: Who): Deed => ({
  text: `${who} loses power`,
  act(scene) {
    silence(scene, who)
    return demo(scene, who).powerOff()
  },
})

export const groupLosesPower: Deed = {
  text: 'both nodes lose power',
  act: (scene) => Promise.all((['node 1', 'node 2'] as const).map((who) => losesPower(who).act(scene))),
}

const untilReachable = ({ pair, nameOf }: Scene, who: Who, wanted: boolean) =>
  pair.until(`${who} is${wanted ? '' : ' not'} heard`, async () => {
    const { nodes } = await pair.status()
    return nodes.some(({ node, reachable }) => node === nameOf(who) && reachable === wanted)
  })

export const isSilent = (who: Who): Deed => ({
  text: `${who} is not heard any more`,
  act: (scene) => untilReachable(scene, who, false),
})

export const isHeard = (who: Who): Deed => ({
  text: `${who} is heard again`,
  act: (scene) => untilReachable(scene, who, true),
})

export const shutsDown = (who: Who): Deed => ({
  text: `${who} is shut down to be rebooted`,
  act(scene) {
    silence(scene, who)
    return demo(scene, who).shutDown('reboot')
  },
})

export const boots = (who: Who): Deed => ({
  text: `${who} boots`,
  act: ({ pair, nameOf }) => pair.powerOn(nameOf(who)),
})

export const bothAreReady: Deed = {
  text: 'both nodes are up, and ready',
  act: ({ pair }) => pair.untilReady(),
}
