import { describeBrakeStore } from './brake-store.ts'
import type { Database } from './databases.ts'
import { hasJava, startDynalite, startDynamoDbLocal } from './databases.ts'
import { describeGroupStore } from './group-store.ts'
import { describeClusterStore, describeHistoryStore, describeMemories } from './other-stores.ts'
import { describeSessionStore, describeSubscriptionStore } from './session-stores.ts'
import { describeCountStore, describeUserStore } from './user-stores.ts'

function contract(start: () => Promise<Database>): void {
  let database: Database
  const client = () => database.client

  beforeAll(async () => {
    database = await start()
  })
  afterAll(() => database?.end())

  describe('groups', () => describeGroupStore(client))
  describe('clusters', () => describeClusterStore(client))
  describe('histories', () => describeHistoryStore(client))
  describe('memories', () => describeMemories(client))
  describe('the fleet brake', () => describeBrakeStore(client))
  describe('users', () => describeUserStore(client))
  describe('counts of users', () => describeCountStore(client))
  describe('sessions', () => describeSessionStore(client))
  describe('subscriptions', () => describeSubscriptionStore(client))
}

describe('the stores over dynalite', () => contract(startDynalite))

// Where nobody looks closely, a suite that skips itself is as good as none.
const mustRun = process.env.CI === 'true'

if (hasJava() || mustRun) describe("the stores over AWS's DynamoDB Local", () => contract(startDynamoDbLocal))
else {
  describe.skip("the stores over AWS's DynamoDB Local (skipped: it needs Java, and there is no java on the PATH)", () =>
    contract(startDynamoDbLocal))
}
