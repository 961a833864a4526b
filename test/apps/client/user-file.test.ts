import fc from 'fast-check'
import { createUserFileReader, readUserFile } from '../../../apps/client/user-file.ts'
import { userNameSchema } from '../../../domain/contract/users.ts'

const PLACES = { nodes: ['a', 'b', 'twin'], groups: ['pair', 'twin'] }
const read = (...lines: string[]) => readUserFile(lines.join('\n'), PLACES)

describe('a file of users', () => {
  it.each<[string, object]>([
    ['alice', { user: 'alice' }],
    ['  ALICE  ', { user: 'alice' }],
    ['alice,', { user: 'alice' }],
    ['alice,a', { user: 'alice', node: 'a' }],
    ['alice , pair', { user: 'alice', group: 'pair' }],
    ['alice,node:twin', { user: 'alice', node: 'twin' }],
    ['alice,group:twin', { user: 'alice', group: 'twin' }],
    ['"a,b","pair"', { user: 'a,b', group: 'pair' }],
  ])('has the line %j', (line, user) => {
    expect(read(line)).toEqual({ users: [{ ...user, line: 1 }], bad: [] })
  })

  it('may have a head, comments and empty lines, and the ends of lines of any system', () => {
    const { users, bad } = readUserFile('\ufeffuser,node\r\n\r\n# the first floor\r\nalice,a\r\nbob\r\n', PLACES)
    expect(users.map(({ user, line }) => [user, line])).toEqual([
      ['alice', 4],
      ['bob', 5],
    ])
    expect(bad).toEqual([])
  })

  it.each([
    ['a b', /^"a b" must be letters/],
    ['a@b', /must be letters/],
    [',a', /at least one character/],
    ['alice,nowhere', /^"nowhere" is no node or group of the cluster$/],
    ['alice,group:a', /^"group:a" is no group of the cluster$/],
    ['alice,twin', /write node:twin or group:twin/],
    ['alice,a,b', /must be a user, or a user, a comma/],
    ['"alice', /must be a user, or/],
    ['alice,/', /could not be one/],
  ])('cannot have the line %j', (line, message) => {
    const { users, bad } = read('bob', line)
    expect(users).toHaveLength(1)
    expect(bad).toEqual([{ line: 2, message: expect.stringMatching(message) }])
  })

  it('names each user once, in whatever spelling', () => {
    expect(read('alice', 'bob', 'ALICE,a').bad).toEqual([{ line: 3, message: '"alice" stands on line 1 already' }])
  })

  it('of any text is read, each line being a user, bad, or neither', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 })), (lines) => {
        const { users, bad } = read(...lines)
        for (const { user } of users) expect(userNameSchema.parse(user)).toBe(user)
        const numbers = [...users, ...bad].map(({ line }) => line)
        expect(new Set(numbers).size).toBe(numbers.length)
        expect(new Set(users.map(({ user }) => user)).size).toBe(users.length)
      }),
    )
  })

  it('is the same in pieces, wherever it is cut', () => {
    const text = '\ufeffuser,node\r\nalice,a\r\n\r\nbob\nalice\nno body\n# end\ncarol,pair'
    const whole = readUserFile(text, PLACES)
    expect([whole.users.length, whole.bad.length]).toEqual([3, 2])
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const reader = createUserFileReader(PLACES)
        const places = [0, ...cuts.sort((one, other) => one - other), text.length]
        for (const [index, from] of places.entries()) reader.read(text.slice(from, places[index + 1] ?? text.length))
        expect(reader.end()).toEqual(whole)
      }),
    )
  })

  it('names no more of a bad line than one can read, and is quick with it', () => {
    expect(read(`${'x'.repeat(500)} y`).bad[0]?.message.length).toBeLessThan(200)
  })
})
