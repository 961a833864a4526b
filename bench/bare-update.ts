import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'

const client = new DynamoDBClient({})

/** What the heartbeat function is measured against: a DynamoDB client, and one UpdateItem. */
export const handler = (input: UpdateItemCommandInput) => client.send(new UpdateItemCommand(input))
