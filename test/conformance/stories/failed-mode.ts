import { UNRELIABLE } from '../../stage/switches.ts'
import {
  agentRestarts,
  asksForFailover,
  asksForFallback,
  asksForRecovery,
  cannotStart,
  dies,
  isRepaired,
  willFail,
  willWorkAgain,
} from '../deeds.ts'
import { reaches, SHORT_DELAY, type Story } from '../story.ts'
import { FAILED_OVER } from './services.ts'

/** A step of a transition fails, or the node in backup mode and its peer do; and the recovery [B16] [B17] [B18] [B19] [B22]. */
export const FAILED_MODE: Story[] = [
  {
    title: 'taking over fails, and an agent is restarted in failed mode',
    steps: [
      willFail('node 2', 'onTakeOver'),
      asksForFailover('node 1'),
      reaches(19),
      willWorkAgain('node 2', 'onTakeOver'),
      agentRestarts('node 1'),
      reaches(21),
      asksForRecovery,
      reaches(1),
    ],
  },
  {
    title: 'taking back fails',
    steps: [
      asksForFailover('node 1'),
      reaches(3),
      willFail('node 1', 'onTakeBack'),
      asksForFallback('node 1'),
      reaches(20),
      willWorkAgain('node 1', 'onTakeBack'),
      asksForRecovery,
      reaches(1),
    ],
  },
  {
    title: 'services do not start for a fallback',
    steps: [
      asksForFailover('node 1'),
      reaches(3),
      cannotStart('node 1'),
      asksForFallback('node 1'),
      reaches(14),
      isRepaired('node 1'),
      asksForRecovery,
      reaches(1),
    ],
  },
  {
    title: 'the backup node fails, and its peer cannot serve',
    parameters: SHORT_DELAY,
    steps: [
      dies('node 1', UNRELIABLE),
      reaches(12),
      dies('node 2', 'XCP Router'),
      reaches(15),
      asksForRecovery,
      reaches(1),
    ],
  },
  {
    title: 'the backup node fails, and then the node that took everything over',
    parameters: SHORT_DELAY,
    steps: [
      ...FAILED_OVER,
      dies('node 2', 'XCP Router'),
      reaches(23),
      dies('node 1', 'XCP Router'),
      reaches(15),
      asksForRecovery,
      reaches(1),
    ],
  },
]
