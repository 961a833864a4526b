import type { EnvironmentSettings } from './environment.ts'

/** For development: deployed into whichever account the developer is signed in to, cheap, and easily thrown away. */
export const settings: EnvironmentSettings = {
  deletionProtection: false,
  tableRecoveryDays: 1,
  historyDays: 30,
  eventArchiveDays: 7,
  logRetentionDays: 14,
  throttling: {
    heartbeats: { requestsPerSecond: 200, burstRequests: 400 },
    otherRoutes: { requestsPerSecond: 50, burstRequests: 100 },
  },
  alarms: { outboxAgeSeconds: 300, sweeperMissingMinutes: 10, errorPercent: 25, throttledCalls: 100 },
  // Nobody is woken: the alarms stand on the dashboard.
  alerts: { targets: [] },
  // Whoever signs in may do without an authenticator app: nothing here concerns users.
  console: { secondFactor: 'optional' },
}
