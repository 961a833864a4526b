import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Store {
  /** What the functions find in their environment; the SDK's own variables lead to the store. */
  environment: Record<string, string>
  end(): Promise<void>
}

const ACCOUNT = 'arn:aws:states:us-east-1:000000000000:stateMachine:'

/** Starts the store in another process, and answers the environment that leads there. */
export async function startStore(): Promise<Store> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('store-process.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(() => Promise.reject(new Error('the store ended before it was up'))),
  ])) as [string]
  const { dynamodb, aws, tables } = JSON.parse(line)
  return {
    environment: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
      AWS_ENDPOINT_URL_EVENTBRIDGE: aws,
      AWS_ENDPOINT_URL_SFN: aws,
      CLUSTERS_TABLE: tables.clusters,
      GROUPS_TABLE: tables.groups,
      HISTORY_TABLE: tables.history,
      REQUESTS_TABLE: tables.requests,
      BRAKE_TABLE: tables.brake,
      USERS_TABLE: tables.users,
      SESSIONS_TABLE: tables.sessions,
      EVENT_BUS_NAME: 'bench',
      // What the setting-up logs would stand between the figures. Steady heartbeats log nothing, anyway.
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
      POWERTOOLS_METRICS_NAMESPACE: 'Bench',
      FAILOVER_STATE_MACHINE_ARN: `${ACCOUNT}failover`,
      FALLBACK_STATE_MACHINE_ARN: `${ACCOUNT}fallback`,
      RECOVERY_STATE_MACHINE_ARN: `${ACCOUNT}recovery`,
    },
    async end() {
      child.stdin.end()
      await exited
    },
  }
}
