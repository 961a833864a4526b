import {
  agentDies,
  agentStarts,
  asksForFailover,
  asksForFallback,
  boots,
  databaseDies,
  databaseIsStartedByHand,
  dies,
  isStartedByHand,
  losesPower,
  shutsDown,
} from '../deeds.ts'
import { reaches, SHORT_DELAY, SHORT_TIMEOUT, type Step, type Story } from '../story.ts'
import { FAILED_OVER } from './services.ts'

/** Node 1 was not heard for a while, and is back. */
const BACK: Step[] = [agentDies('node 1'), reaches(16), agentStarts('node 1'), reaches(27, 'FailedOver PeerDown')]

/** Node 1 failed over on request: its services are stopped, and must be started before it can serve. */
const IDLE: Step[] = [asksForFailover('node 1'), reaches(3)]

/** The node in backup mode fails while its peer can serve everybody [B16]. */
export const AUTO_RECOVERY: Story[] = [
  {
    title: 'a critical service of the backup node dies',
    parameters: SHORT_DELAY,
    steps: [
      ...FAILED_OVER,
      dies('node 2', 'XCP Router'),
      reaches(23),
      isStartedByHand('node 2', 'XCP Router'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'the database of the backup node dies',
    parameters: SHORT_DELAY,
    steps: [
      ...FAILED_OVER,
      databaseDies('node 2'),
      reaches(22),
      databaseIsStartedByHand('node 2'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'the backup node loses power',
    parameters: SHORT_TIMEOUT,
    steps: [
      ...BACK,
      losesPower('node 2'),
      reaches(28, 'PeerDown'),
      boots('node 2'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'the backup node is shut down',
    parameters: SHORT_TIMEOUT,
    steps: [
      ...BACK,
      shutsDown('node 2'),
      reaches(28, 'PeerReboot'),
      boots('node 2'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'a critical service of the backup node of an Idle node dies',
    parameters: SHORT_DELAY,
    steps: [
      ...IDLE,
      dies('node 2', 'XCP Router'),
      reaches(23),
      isStartedByHand('node 2', 'XCP Router'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'the backup node of an Idle node loses power',
    parameters: SHORT_TIMEOUT,
    steps: [
      ...IDLE,
      losesPower('node 2'),
      reaches(28, 'PeerDown'),
      boots('node 2'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
  {
    title: 'the backup node of an Idle node is shut down',
    parameters: SHORT_TIMEOUT,
    steps: [
      ...IDLE,
      shutsDown('node 2'),
      reaches(28, 'PeerReboot'),
      boots('node 2'),
      asksForFallback('node 2'),
      reaches(1),
    ],
  },
]
