import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { itemBytes } from '../../bench/item-size.ts'
import { fromItem, toItem } from '../../functions/adapters/group-item.ts'
import { principalHash } from '../../functions/adapters/principal.ts'
import { aGroup } from '../domain/situation.ts'
import { anyGroup } from './arbitrary-group.ts'

/** As it comes back from DynamoDB: through JSON. */
const stored = (item: Record<string, AttributeValue>): Record<string, AttributeValue> =>
  JSON.parse(JSON.stringify(item))

describe('the item of a group', () => {
  it('gives back whatever group was put into it', () => {
    fc.assert(
      fc.property(anyGroup, (group) => {
        expect(fromItem(stored(toItem(group)))).toEqual(group)
      }),
      { numRuns: 300 },
    )
  })

  it('says its format, and one of another format is not misread', () => {
    const item = toItem(aGroup())

    expect(() => fromItem({ ...item, f: { N: '7' } })).toThrow('the item of group pair has format 7, not 1')
  })

  it('of a pair with the default services and long names costs one write unit: it is below 1 KB', () => {
    const group = aGroup()
    group.cluster = 'presence-cluster-of-central-europe'
    group.name = 'redundancy-group-0042'
    group.version = 123_456_789
    for (const [index, node] of group.nodes.entries()) {
      node.name = `imp-node-00${index}.fra`
      node.hostName = `${node.name}.voice.intranet.example.com`
      node.principal = principalHash(`arn:aws:iam::123456789012:role/presence/${node.name}`)
      node.sequence = 123_456_789
      node.bootId = '7f1c1e0e-33b5-4cd8-9b1e-9b6f8d1f0a11'
      node.softwareVersion = '15.0.1.12900-161'
      node.state = 'FailedOverWithCriticalServicesNotRunning'
      node.reason = 'PeerDownDuringInitialization'
      node.open = [0, 1]
      node.movedAtMs = node.sinceMs
    }

    expect(itemBytes(toItem(group))).toBeLessThan(1024)
  })
})
