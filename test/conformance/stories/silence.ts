import { UNRELIABLE } from '../../stage/switches.ts'
import {
  agentDies,
  agentStarts,
  asksForFallback,
  boots,
  cannotStart,
  dies,
  finishes,
  isConnectedAgain,
  isCutOff,
  isRepaired,
  isStartedByHand,
  losesPower,
  shutsDown,
  takesLong,
} from '../deeds.ts'
import { reaches, SHORT_TIMEOUT, type Story } from '../story.ts'

const DOWN = 'FailedOverWithCriticalServicesNotRunning'

/** A node is not heard any more, says good-bye, and comes back [B9] [B10] [B14]. */
export const SILENCE: Story[] = [
  {
    title: 'an agent dies, and is started',
    parameters: SHORT_TIMEOUT,
    steps: [
      takesLong('node 2', 'onTakeOver'),
      agentDies('node 1'),
      reaches(25, 'PeerDown'),
      finishes('node 2', 'onTakeOver'),
      reaches(16),
      reaches(26, 'PeerDown'),
      dies('node 1', UNRELIABLE),
      agentStarts('node 1'),
      reaches(27, `${DOWN} PeerDown`),
      isStartedByHand('node 1', UNRELIABLE),
      reaches(27, 'FailedOver PeerDown'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'the network of a node is cut, and repaired',
    parameters: SHORT_TIMEOUT,
    steps: [
      isCutOff('node 1'),
      reaches(16),
      isConnectedAgain('node 1'),
      reaches(27, 'FailedOver PeerDown'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'a node loses power, and boots',
    parameters: SHORT_TIMEOUT,
    steps: [
      losesPower('node 1'),
      reaches(16),
      cannotStart('node 1'),
      boots('node 1'),
      reaches(27, `${DOWN} Initialization`),
      isRepaired('node 1'),
      isStartedByHand('node 1', UNRELIABLE),
      reaches(27, 'FailedOver Initialization'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'a node is rebooted in good order',
    parameters: SHORT_TIMEOUT,
    steps: [
      takesLong('node 2', 'onTakeOver'),
      shutsDown('node 1'),
      reaches(25, 'PeerReboot'),
      finishes('node 2', 'onTakeOver'),
      reaches(17),
      reaches(26, 'PeerReboot'),
      boots('node 1'),
      reaches(27, 'FailedOver Initialization'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
]
