import type { EnvironmentSettings } from './environment.ts'

/**
 * For an emulator of AWS on this machine, into which the deployment tests deploy everything (`npm run test:deploy`). As
 * dev, but without an archive of events, which the emulator does not know; and without a limit that a benchmark would
 * reach.
 */
export const settings: EnvironmentSettings = {
  deletionProtection: false,
  tableRecoveryDays: 1,
  historyDays: 30,
  logRetentionDays: 1,
  throttling: {
    heartbeats: { requestsPerSecond: 10_000, burstRequests: 5_000 },
    otherRoutes: { requestsPerSecond: 1_000, burstRequests: 1_000 },
  },
  alarms: { outboxAgeSeconds: 300, sweeperMissingMinutes: 10, errorPercent: 25, throttledCalls: 100 },
  // A queue in the emulator's one account, which the tests make and read.
  alerts: { targets: [{ protocol: 'sqs', endpoint: 'arn:aws:sqs:us-east-1:000000000000:on-call' }] },
}
