import type { EnvironmentSettings } from './environment.ts'

/** Where a release is rehearsed: as production, but nothing in it must be kept, and nobody is woken. */
export const settings: EnvironmentSettings = {
  // An id of AWS's documentation: put the staging account here before the first deployment.
  target: { account: '111122223333', region: 'eu-central-1' },
  deletionProtection: false,
  tableRecoveryDays: 7,
  historyDays: 90,
  eventArchiveDays: 14,
  logRetentionDays: 30,
  throttling: {
    heartbeats: { requestsPerSecond: 1000, burstRequests: 2000 },
    otherRoutes: { requestsPerSecond: 100, burstRequests: 200 },
  },
  reservedConcurrency: { queries: 50, sweeper: 1 },
  alarms: { outboxAgeSeconds: 180, sweeperMissingMinutes: 5, errorPercent: 10, throttledCalls: 10 },
  // A mailbox of the team; example.com is nobody's.
  alerts: { targets: [{ protocol: 'email', endpoint: 'understudy-staging@example.com' }] },
  console: {},
}
