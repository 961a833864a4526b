import { writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { withLock } from '../../../apps/agent/lock.ts'
import { identify } from '../../../apps/agent/services/process.ts'
import { Stand } from './stand.ts'

describe('a lock', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  it.each([
    ['no lock', undefined],
    ['a dead holder', JSON.stringify({ pid: process.pid, startedAt: 'an earlier boot', nonce: '1' })],
    ['a lock cut short by a loss of power', ''],
  ])('has one holder at a time, beginning with %s', async (_, left) => {
    const file = `${stand.folder}/lock`
    if (left !== undefined) writeFileSync(file, left)
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await pause(2)
      inside -= 1
    }
    await Promise.all(Array.from({ length: 20 }, () => withLock(file, work)))
    expect(most).toBe(1)
    expect(await readdir(stand.folder)).toEqual([])
  })

  it('is given back when the work fails', async () => {
    const file = `${stand.folder}/lock`
    await expect(withLock(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    await withLock(file, async () => {})
  })

  it('names its living holder to who waits in vain', async () => {
    const file = `${stand.folder}/lock`
    writeFileSync(file, JSON.stringify({ ...identify(process.ppid), nonce: '1' }))
    await expect(withLock(file, async () => {}, 50)).rejects.toThrow(`"pid":${process.ppid}`)
    expect(await readdir(stand.folder)).toEqual(['lock'])
  })
})
