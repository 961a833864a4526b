import type { AttributeValue } from '@aws-sdk/client-dynamodb'

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** A byte for each two significant digits, rounded up, and one more; another for a sign. */
function numberBytes(text: string): number {
  const digits = text.replace(/^-/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '')
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0)
}

const COLLECTION_BYTES = 3
const ELEMENT_BYTES = 1

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return bytesOf(value.S)
  if (value.N !== undefined) return numberBytes(value.N)
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1
  if (value.L) return COLLECTION_BYTES + value.L.reduce((sum, each) => sum + ELEMENT_BYTES + valueBytes(each), 0)
  if (value.M) return COLLECTION_BYTES + Object.keys(value.M).length * ELEMENT_BYTES + itemBytes(value.M)
  throw new Error(`the size of ${JSON.stringify(value)} is not known here`)
}

/** An item's size by the rules of DynamoDB's developer guide ("DynamoDB item sizes and formats"). */
export function itemBytes(item: Record<string, AttributeValue>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + bytesOf(name) + valueBytes(value), 0)
}
