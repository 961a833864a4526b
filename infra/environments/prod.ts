import type { EnvironmentSettings } from './environment.ts'

/** Where users are: its data, logs and stacks are protected, and on-call is told. */
export const settings: EnvironmentSettings = {
  // An id of AWS's documentation: put the production account here before the first deployment.
  target: { account: '444455556666', region: 'eu-central-1' },
  deletionProtection: true,
  tableRecoveryDays: 35,
  historyDays: 400,
  eventArchiveDays: 90,
  logRetentionDays: 365,
  throttling: {
    heartbeats: { requestsPerSecond: 2000, burstRequests: 4000 },
    otherRoutes: { requestsPerSecond: 200, burstRequests: 400 },
  },
  // The long polls of `queries` hold a container for 20 seconds each: they must not use up what heartbeats need.
  reservedConcurrency: { heartbeat: 200, queries: 100, sweeper: 1 },
  alarms: { outboxAgeSeconds: 120, sweeperMissingMinutes: 3, errorPercent: 5, throttledCalls: 1 },
  // Put on-call's own here; example.com is nobody's.
  alerts: {
    targets: [
      { protocol: 'https', endpoint: 'https://on-call.example.com/understudy', severity: 'page' },
      { protocol: 'email', endpoint: 'understudy-prod@example.com' },
    ],
  },
  // With a password and an authenticator app, at the address that CloudFront gives.
  console: {},
}
