import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Journal } from '../../../apps/agent/journal.ts'
import { identify } from '../../../apps/agent/services/process.ts'
import { eventually, Stand } from './stand.ts'

describe('the journal', () => {
  let stand: Stand
  let file: string
  beforeEach(() => {
    stand = new Stand()
    file = path.join(stand.folder, 'journal.json')
  })
  afterEach(() => stand.clear())

  it('raises the incarnation at each opening, on the disk before it is used', async () => {
    const first = await Journal.open(stand.folder, 'boot 1')
    const second = await Journal.open(stand.folder, 'boot 1')
    expect(second.incarnation).toBe(first.incarnation + 1)
    expect(JSON.parse(readFileSync(file, 'utf8')).incarnation).toBe(second.incarnation)
  })

  it('begins above anything that a lost journal can have reached', async () => {
    const beforeSeconds = Math.floor(Date.now() / 1000)
    const { incarnation } = await Journal.open(stand.folder, 'boot 1')
    expect(incarnation).toBeGreaterThanOrEqual(beforeSeconds)
  })

  it('tells a new boot from a mere restart', async () => {
    expect((await Journal.open(stand.folder, 'boot 1')).previousBootId).toBeNull()
    expect((await Journal.open(stand.folder, 'boot 1')).previousBootId).toBe('boot 1')
    expect((await Journal.open(stand.folder, 'boot 2')).previousBootId).toBe('boot 1')
    expect((await Journal.open(stand.folder, 'boot 2')).previousBootId).toBe('boot 2')
  })

  it('remembers the membership and how far each command came', async () => {
    const before = await Journal.open(stand.folder, 'boot 1')
    expect(before.membership).toEqual({ epoch: 0 })
    await before.learnMembership({ group: 'g', epoch: 3 })
    await before.commandStarted('one')
    await before.commandEnded('one', { ok: true, output: 'fine', durationMs: 12 })
    await before.commandStarted('two')
    await before.commandEnded('two', { ok: false, output: 'no', durationMs: 1 })
    await before.commandStarted('three')

    const after = await Journal.open(stand.folder, 'boot 1')
    expect(after.membership).toEqual({ group: 'g', epoch: 3 })
    expect(after.command('one')).toEqual({ id: 'one', state: 'done', output: 'fine', durationMs: 12 })
    expect(after.command('two')?.state).toBe('failed')
    expect(after.command('three')?.state).toBe('started')
    expect(after.command('four')).toBeUndefined()
  })

  it('keeps the last 50 commands', async () => {
    const journal = await Journal.open(stand.folder, 'boot 1')
    await Promise.all(Array.from({ length: 60 }, (_, index) => journal.commandStarted(`command ${index}`)))
    const { commands } = await Journal.open(stand.folder, 'boot 1')
    expect(commands).toHaveLength(50)
    expect(commands[0]?.id).toBe('command 10')
    expect(commands.at(-1)?.id).toBe('command 59')
  })

  it('loses nothing that was promised to an agent killed in the middle of writing', async () => {
    const incarnations: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const writer = stand.run('test/apps/agent/journal-writer.ts', stand.folder)
      await eventually('it has written a good deal', () => writer.said().split('\n').length > 10 + round)
      writer.kill('SIGKILL')
      await eventually('it is dead', () => writer.signalCode !== null)
      const [incarnation = 0, ...commands] = writer.said().trim().split('\n').map(Number)

      const found: { commands: { id: string }[] } = JSON.parse(readFileSync(file, 'utf8'))
      expect(found.commands.map(({ id }) => id)).toContain(`${incarnation}/${commands.at(-1)}`)
      incarnations.push(incarnation)
    }
    const [first = 0] = incarnations
    expect(incarnations).toEqual([0, 1, 2, 3, 4].map((more) => first + more))
  })

  it.each([
    ['cut short', '{"incarnation":17,"bo'],
    ['empty', ''],
    [
      'without an incarnation',
      '{"bootId":"boot 1","agent":{"pid":1,"startedAt":"x"},"membership":{"epoch":0},"commands":[]}',
    ],
  ])('refuses a file that is %s, says what to do, and leaves it alone', async (_, text) => {
    writeFileSync(file, text)
    await expect(Journal.open(stand.folder, 'boot 1')).rejects.toThrow(
      /damaged.*Put back the last good copy.*move the file/,
    )
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('is for one agent at a time', async () => {
    await Journal.open(stand.folder, 'boot 1')
    const other = identify(process.ppid)
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), agent: other }))
    await expect(Journal.open(stand.folder, 'boot 1')).rejects.toThrow(`process ${process.ppid}. End it first`)

    const reused = { ...other, startedAt: 'earlier' }
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), agent: reused }))
    await Journal.open(stand.folder, 'boot 1')
  })
})
