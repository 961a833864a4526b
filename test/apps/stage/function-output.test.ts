import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import {
  captureFunctionOutput,
  type FunctionOutput,
  functionAtWork,
  messageOfLine,
} from '../../../apps/stage/function-output.ts'

describe('what functions print', () => {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-output-'))
  const file = join(folder, 'stage.log')
  const errors: string[] = []
  const { write } = process.stdout
  let terminal = ''
  let output: FunctionOutput

  beforeAll(() => {
    process.stdout.write = ((text: string) => {
      terminal += text
      return true
    }) as typeof write
    output = captureFunctionOutput({ file, onErrorLine: (line, name) => errors.push(`${name}: ${line}`) })
  })
  afterAll(() => {
    output.close()
    process.stdout.write = write
    rmSync(folder, { recursive: true })
  })

  it('goes to the file, also after they have waited, and what the stage prints meanwhile does not', async () => {
    const work = output.during('one', async () => {
      process.stdout.write('first\n')
      await turn()
      process.stdout.write(`last of ${functionAtWork()}\n`)
    })
    process.stdout.write('the screen\n')
    await work

    expect(readFileSync(file, 'utf8')).toBe('first\nlast of one\n')
    expect(terminal).toBe('the screen\n')
    expect(functionAtWork()).toBeUndefined()
  })

  it('as an error is told, too', () => {
    output.during('two', () => process.stderr.write('it broke\n'))

    expect(errors).toEqual(['two: it broke'])
    expect(readFileSync(file, 'utf8')).toContain('it broke\n')
  })

  it('goes to the terminal again when the stage has ended', () => {
    output.close()
    output.during('three', () => process.stdout.write('late\n'))

    expect(terminal).toContain('late\n')
    output = captureFunctionOutput({ file, onErrorLine: () => {} })
  })

  it.each([
    ['{"message":"failed","error":{"message":"no table"}}', 'failed: no table'],
    ['{"message":"an effect stays in the outbox"}', 'an effect stays in the outbox'],
    ['not JSON', 'not JSON'],
  ])('is told in words: %s', (line, words) => {
    expect(messageOfLine(line)).toBe(words)
  })
})
