import { ProblemError, UnreachableError } from '../../../apps/client/problem.ts'
import type { BatchReport, WantedUser } from '../../../apps/client/user-api.ts'
import { lostCsv, remarksCsv } from '../../../apps/console/pages/users/csv-files.ts'
import { Upload } from '../../../apps/console/pages/users/upload.ts'

const PLACES = { nodes: ['a', 'b'], groups: ['pair'] }
const problem = (status: number, code: string, errors?: { path: string; message: string }[]) =>
  new ProblemError({ type: 'about:blank', title: 'No', status, detail: code, code, ...(errors ? { errors } : {}) }, 0)

/** A cluster that everybody's home is the same in, and that may fail before it answers. */
class FakeCluster {
  readonly there = new Map<string, string>()
  readonly errors: Error[] = []
  calls = 0
  onCall: () => void = () => undefined

  readonly addAll = async (wanted: WantedUser[]): Promise<BatchReport> => {
    this.calls += 1
    this.onCall()
    const error = this.errors.shift()
    if (error) throw error
    const users = wanted.map(({ user, node = 'a' }) => {
      const home = this.there.get(user)
      if (home === undefined) this.there.set(user, node)
      const outcome =
        home === undefined ? ('added' as const) : home === node ? ('exists' as const) : ('elsewhere' as const)
      return { user, outcome, homeNode: home ?? node }
    })
    const having = (what: string) => users.filter(({ outcome }) => outcome === what).length
    return { added: having('added'), existing: having('exists'), elsewhere: having('elsewhere'), users }
  }
}

async function uploadOf(cluster: FakeCluster, content: string | Uint8Array<ArrayBuffer>): Promise<Upload> {
  const file = new File([content], 'users.csv')
  const upload = new Upload({ file, places: PLACES, users: cluster, onEnd: () => undefined })
  await upload.read()
  return upload
}
const named = (count: number) => Array.from({ length: count }, (_, n) => `user${n}`)

describe('an upload of users', () => {
  it('checks the whole file in pieces, and sends nothing meanwhile', async () => {
    const cluster = new FakeCluster()
    const upload = await uploadOf(cluster, [...named(5000), 'no body', 'user7', 'jürgen,nowhere'].join('\r\n'))
    expect(upload.current()).toMatchObject({ phase: 'checked', users: 5000, bad: 3, bytesRead: upload.bytes })
    expect(upload.remarks().map(({ line, kind }) => [line, kind])).toEqual([
      [5001, 'bad'],
      [5002, 'bad'],
      [5003, 'bad'],
    ])
    expect(cluster.calls).toBe(0)
  })

  it('says that a file is no text in UTF-8, wherever that shows', async () => {
    for (const bytes of [
      [0x6a, 0xfc, 0x72],
      [0x61, 0x0a, 0xc3],
    ]) {
      const upload = await uploadOf(new FakeCluster(), Uint8Array.from(bytes))
      expect(upload.current()).toMatchObject({
        phase: 'unreadable',
        error: { message: expect.stringMatching(/UTF-8/) },
      })
    }
  })

  it('reads a letter that two pieces share', async () => {
    const upload = await uploadOf(new FakeCluster(), `#${'x'.repeat(16 * 1024 - 3)}\nü${'\nok'}`)
    expect(upload.current()).toMatchObject({ users: 2, bad: 0 })
  })

  it('tells of each user what became of it', async () => {
    const cluster = new FakeCluster()
    cluster.there.set('bob', 'a').set('carol', 'a')
    const upload = await uploadOf(cluster, 'alice,b\nbob,a\ncarol,b\n')
    await upload.send()
    expect(upload.current()).toMatchObject({ phase: 'done', added: 1, existing: 1, elsewhere: 1, refused: 0 })
    expect([...upload.homes]).toEqual([['b', 1]])
    expect(upload.remarks()).toEqual([
      { line: 3, kind: 'elsewhere', user: 'carol', message: 'has its home on a, and stayed there; asked for was b' },
    ])
  })

  it('is patient with what passes', async () => {
    const cluster = new FakeCluster()
    cluster.errors.push(problem(429, 'Throttled'), problem(503, 'Busy'), problem(503, 'Busy'))
    const upload = await uploadOf(cluster, named(250).join('\n'))
    await upload.send()
    expect(upload.current()).toMatchObject({ phase: 'done', added: 250, trouble: '' })
  })

  it('stops at an error that stays, and goes on with those who were not answered for', async () => {
    const cluster = new FakeCluster()
    cluster.errors.push(problem(409, 'ClusterDisturbed'))
    const upload = await uploadOf(cluster, named(1000).join('\n'))
    await upload.send()
    const { added, ...stopped } = upload.current()
    expect(stopped).toMatchObject({ phase: 'stopped', error: { message: 'ClusterDisturbed' } })
    expect(added).toBeLessThan(1000)
    await upload.send()
    expect(upload.current()).toMatchObject({ phase: 'done', added: 1000, existing: 0, error: null })
  })

  it('stops when somebody wants it, also while nobody answers', async () => {
    const cluster = new FakeCluster()
    const upload = await uploadOf(cluster, named(1000).join('\n'))
    cluster.onCall = () => {
      cluster.errors.push(new UnreachableError('no answer', false))
      if (cluster.calls === 4) upload.stop()
    }
    await upload.send()
    expect(upload.current()).toMatchObject({ phase: 'stopped', error: null, added: 0 })
    expect(cluster.calls).toBe(4)
    expect(upload.isUnderWay()).toBe(false)
  })

  it('notes those whom a rule forbids, and sends the others', async () => {
    const cluster = new FakeCluster()
    const errors = [{ path: 'users.1', message: 'Node "b" is in no group.' }]
    cluster.errors.push(problem(422, 'NodeInNoGroup', errors))
    const upload = await uploadOf(cluster, 'alice\nbob,b\ncarol\n')
    await upload.send()
    expect(upload.current()).toMatchObject({ phase: 'done', added: 2, refused: 1 })
    expect(upload.remarks()).toEqual([{ line: 2, kind: 'refused', user: 'bob', message: errors[0]?.message }])
  })

  it('stops where the cluster assigns nobody by itself', async () => {
    const cluster = new FakeCluster()
    cluster.errors.push(problem(422, 'NothingAssigned', [{ path: 'users.0', message: 'name a node' }]))
    const upload = await uploadOf(cluster, 'alice\n')
    await upload.send()
    expect(upload.current()).toMatchObject({ phase: 'stopped', refused: 0, error: { message: 'NothingAssigned' } })
  })
})

describe('what is downloaded', () => {
  it('is CSV that a spreadsheet opens and computes nothing of', () => {
    const text = remarksCsv([
      { line: 2, kind: 'bad', user: '', message: '"a,b" must be' },
      { line: 3, kind: 'elsewhere', user: '=1+1', message: 'ü' },
    ])
    expect(text).toBe('\ufeffline,what,user,why\r\n2,bad line,,"""a,b"" must be"\r\n3,elsewhere,\'=1+1,ü\r\n')
  })

  it('names whose messages were lost, and where', () => {
    const session = { user: 'alice', device: 'phone', platform: 'ios', mode: 'background', pushEnabled: true } as const
    const times = { putOn: 'a', putAt: '', expiresAt: '', homeNode: 'a', node: 'b' }
    const lostMessages = { node: 'a', at: '2026-01-01T00:00:00.000Z' }
    expect(lostCsv([{ ...session, ...times, lostMessages }]).split('\r\n')[1]).toBe(
      'alice,phone,ios,a,a,2026-01-01T00:00:00.000Z',
    )
  })
})
