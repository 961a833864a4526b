import { agentRestarts, asksForFailover, asksForFallback, boots, finishes, shutsDown, takesLong } from '../deeds.ts'
import { reaches, type Story } from '../story.ts'

/** What an operator asks for, and what restarts of agents change in it [B19] [B20] [B21]. */
export const ON_REQUEST: Story[] = [
  {
    title: 'a failover on request, and the fallback',
    steps: [
      reaches(1),
      takesLong('node 2', 'onTakeOver'),
      asksForFailover('node 1'),
      reaches(2),
      finishes('node 2', 'onTakeOver'),
      reaches(3),
      takesLong('node 1', 'onTakeBack'),
      asksForFallback('node 1'),
      reaches(4),
      finishes('node 1', 'onTakeBack'),
      reaches(1),
    ],
  },
  {
    title: 'agents are restarted during a failover on request, and during the fallback',
    steps: [
      takesLong('node 2', 'onTakeOver'),
      asksForFailover('node 1'),
      reaches(2),
      agentRestarts('node 2'),
      reaches(8),
      finishes('node 2', 'onTakeOver'),
      reaches(3),
      takesLong('node 1', 'onTakeBack'),
      asksForFallback('node 1'),
      reaches(4),
      agentRestarts('node 1'),
      reaches(9),
      finishes('node 1', 'onTakeBack'),
      reaches(1),
    ],
  },
  {
    title: 'agents are restarted after a failover on request',
    steps: [
      asksForFailover('node 1'),
      reaches(3),
      agentRestarts('node 1'),
      reaches(5),
      agentRestarts('node 2'),
      reaches(6),
      asksForFallback('node 1'),
      reaches(1),
      asksForFailover('node 1'),
      reaches(3),
      agentRestarts('node 2'),
      reaches(7),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
  {
    title: 'both nodes are rebooted after a failover on request',
    steps: [
      asksForFailover('node 1'),
      reaches(3),
      shutsDown('node 1'),
      shutsDown('node 2'),
      boots('node 2'),
      boots('node 1'),
      reaches(6),
      asksForFallback('node 1'),
      reaches(1),
    ],
  },
]
