import { readFileSync } from 'node:fs'
import { METRIC_NAMES } from '../../apps/agent/admin/metrics.ts'

describe('docs/agent.md', () => {
  const text = readFileSync(new URL('../../docs/agent.md', import.meta.url), 'utf8')

  it('names every metric', () => {
    expect(METRIC_NAMES.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })
})
