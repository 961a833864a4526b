import type { Scope } from './doors.ts'

const LEAST = {
  depth: 9,
  repeated: false,
  requests: 1,
  answers: 1,
  restarts: false,
  failsafe: false,
  drift: false,
  away: false,
  reads: false,
  disobeys: false,
  membership: false,
  goodByes: false,
  shorter: false,
}

/** The parts that the doors are explored in; what is bounded in each stands in the README. */
export const SCOPES: readonly Scope[] = [
  { ...LEAST, name: 'heartbeats that are late', depth: 11 },
  { ...LEAST, name: 'answers that come while the gate is read', reads: true, depth: 9 },
  { ...LEAST, name: 'heartbeats that overtake each other', repeated: true, requests: 2, depth: 8 },
  { ...LEAST, name: 'agents that are killed, and hosts that boot', restarts: true, depth: 8 },
  { ...LEAST, name: 'heartbeats of earlier incarnations', restarts: true, requests: 2, depth: 6 },
  { ...LEAST, name: 'good-byes', goodByes: true, requests: 2, depth: 6 },
  { ...LEAST, name: 'clocks that go wrong', drift: true, depth: 8 },
  { ...LEAST, name: 'promises while a node is cut off', away: true, failsafe: true, depth: 12 },
  { ...LEAST, name: 'promises of agents that start anew', away: true, failsafe: true, restarts: true, depth: 9 },
  { ...LEAST, name: 'a group that is made anew', membership: true, repeated: true, disobeys: true, depth: 8 },
  { ...LEAST, name: 'promises and heartbeats', failsafe: true, depth: 7 },
  { ...LEAST, name: 'promises across memberships', failsafe: true, membership: true, depth: 7 },
  { ...LEAST, name: 'a timeout that is made shorter', shorter: true, depth: 8 },
]
