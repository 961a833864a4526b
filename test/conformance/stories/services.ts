import { UNRELIABLE } from '../../stage/switches.ts'
import {
  asksForFallback,
  boots,
  databaseDies,
  databaseIsStartedByHand,
  dies,
  finishes,
  isStartedByHand,
  shutsDown,
  takesLong,
} from '../deeds.ts'
import { reaches, SHORT_DELAY, type Step, type Story } from '../story.ts'

/** Node 1 fails over for a critical service, and an administrator starts it. */
export const FAILED_OVER: Step[] = [
  dies('node 1', UNRELIABLE),
  reaches(12),
  isStartedByHand('node 1', UNRELIABLE),
  reaches(11, 'CriticalServiceDown'),
]

/** A service or the database fails on a node that is Normal [B11] [B12] [B14] [B15]. */
export const SERVICES: Story[] = [
  {
    title: 'a critical service dies, and is started',
    parameters: SHORT_DELAY,
    steps: [
      takesLong('node 2', 'onTakeOver'),
      dies('node 1', 'XCP Router'),
      reaches(25, 'CriticalServiceDown'),
      finishes('node 2', 'onTakeOver'),
      reaches(12),
      isStartedByHand('node 1', 'XCP Router'),
      reaches(11, 'CriticalServiceDown'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'a critical service dies, and the node is rebooted',
    parameters: SHORT_DELAY,
    steps: [
      dies('node 1', 'XCP Router'),
      reaches(12),
      shutsDown('node 1'),
      boots('node 1'),
      reaches(11, 'Initialization'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'the database dies, and is started',
    parameters: SHORT_DELAY,
    steps: [
      takesLong('node 2', 'onTakeOver'),
      databaseDies('node 1'),
      reaches(25, 'DatabaseFailure'),
      finishes('node 2', 'onTakeOver'),
      reaches(13),
      databaseIsStartedByHand('node 1'),
      reaches(11, 'CriticalServiceDown'),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'users go home by themselves',
    parameters: { ...SHORT_DELAY, automaticFallbackEnabled: true, automaticFallbackDelaySeconds: 5 },
    steps: [
      ...FAILED_OVER,
      takesLong('node 1', 'onTakeBack'),
      reaches(10),
      finishes('node 1', 'onTakeBack'),
      reaches(1),
    ],
  },
]
