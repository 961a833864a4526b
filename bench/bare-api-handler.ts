import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import { handler as update } from './bare-update.ts'

/** The bare UpdateItem behind an API: the body of the call is its input. */
export async function handler({ body }: { body: string }): Promise<{ statusCode: number }> {
  await update(JSON.parse(body) as UpdateItemCommandInput)
  return { statusCode: 200 }
}
