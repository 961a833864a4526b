import { UNRELIABLE } from '../../stage/switches.ts'
import {
  asksForFallback,
  asksForRecovery,
  boots,
  bothAreReady,
  cannotStart,
  dies,
  finishes,
  forcesHighAvailability,
  groupLosesPower,
  isRefusedHighAvailability,
  isRepaired,
  isSilent,
  isStartedByHand,
  takesLong,
} from '../deeds.ts'
import { reaches, SHORT_DELAY, SHORT_TIMEOUT, type Step, type Story } from '../story.ts'

const BOTH_BOOT: Step[] = [boots('node 1'), boots('node 2'), bothAreReady]

/** High availability is enabled by force, and a group starts up [B8] [B13]. */
export const STARTING: Story[] = [
  {
    title: 'high availability is forced before any agent has reported',
    begins: 'with two nodes that are off',
    steps: [
      isRefusedHighAvailability,
      forcesHighAvailability,
      reaches(24),
      boots('node 1'),
      reaches(29, 'Initializing'),
      boots('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'high availability is forced while a service is down on one node',
    parameters: SHORT_DELAY,
    begins: 'with two nodes that are off',
    steps: [
      ...BOTH_BOOT,
      dies('node 1', UNRELIABLE),
      isRefusedHighAvailability,
      forcesHighAvailability,
      reaches(12),
      isStartedByHand('node 1', UNRELIABLE),
      reaches(11, 'CriticalServiceDown'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'high availability is forced while services are down on both nodes',
    parameters: SHORT_DELAY,
    begins: 'with two nodes that are off',
    steps: [
      ...BOTH_BOOT,
      dies('node 1', UNRELIABLE),
      dies('node 2', UNRELIABLE),
      isRefusedHighAvailability,
      forcesHighAvailability,
      reaches(15),
      asksForRecovery,
      reaches(1),
    ],
  },
  {
    title: 'the whole group was down, and one node is back before the other',
    parameters: SHORT_TIMEOUT,
    steps: [
      groupLosesPower,
      isSilent('node 1'),
      isSilent('node 2'),
      takesLong('node 2', 'onTakeOver'),
      boots('node 2'),
      reaches(29, 'Initializing'),
      reaches(25, 'PeerDownDuringInitialization'),
      finishes('node 2', 'onTakeOver'),
      reaches(26, 'PeerDownDuringInitialization'),
      cannotStart('node 1'),
      boots('node 1'),
      reaches(18, 'FailedOverWithCriticalServicesNotRunning'),
      isRepaired('node 1'),
      isStartedByHand('node 1', UNRELIABLE),
      reaches(18, 'FailedOver'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
]
