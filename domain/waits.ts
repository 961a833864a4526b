import type { ActionName } from './status.ts'

/** What a step of a transition waits for, in words. */
export function waitWords(
  step: string,
  { kind, from, to, isFromHeard }: { kind: ActionName; from: string; to: string; isFromHeard: boolean },
): string {
  const texts: Record<string, string> = {
    CriticalServiceDelay: `the services of ${from} to come back, else it begins`,
    FallbackDelay: `${to} to stay healthy for long enough`,
    Release: isFromHeard
      ? `${from} to say that its door is closed, else until its lease has lapsed`
      : `the lease of ${from}, which is not heard, to lapse`,
    TakeOver: `${to} to take over`,
    TakeBack: `${to} to take its users back`,
    StartServices: kind === 'recovery' ? 'services to start on both nodes' : `services to start on ${to}`,
    StopServices: `services to stop on ${from}${isFromHeard ? '' : ', which is not heard'}`,
    Restart: 'both agents to restart',
    Finish: 'what is left to be reported',
  }
  return texts[step] ?? step
}
