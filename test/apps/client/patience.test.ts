import { isPassing, patiently, pause } from '../../../apps/client/patience.ts'
import { ProblemError, UnreachableError } from '../../../apps/client/problem.ts'

const problem = (status: number, retryAfterMs: number | null = 0) =>
  new ProblemError({ type: 'about:blank', title: 'No', status, detail: `status ${status}` }, retryAfterMs)

describe('patience', () => {
  it('is had with what passes by itself, and with nothing else', () => {
    const errors = [
      problem(429),
      problem(503),
      new UnreachableError('no answer', false),
      problem(409),
      new Error('bug'),
    ]
    expect(errors.map(isPassing)).toEqual([true, true, true, false, false])
  })

  it('asks again until there is an answer, and tells of the trouble meanwhile', async () => {
    const answers = [problem(429), problem(503)]
    const told: string[] = []
    const work = async () => {
      const error = answers.shift()
      if (error) throw error
      return 'done'
    }
    expect(await patiently(work, (trouble) => told.push(trouble))).toBe('done')
    expect(told).toEqual(['status 429', 'status 503', ''])
  })

  it('ends when it has lasted too long, or nobody wants it any more', async () => {
    const work = async () => {
      throw problem(503)
    }
    await expect(patiently(work, () => undefined, undefined, 0)).rejects.toThrow('status 503')
    await expect(patiently(work, () => undefined, AbortSignal.abort())).rejects.toThrow('status 503')
  })

  it('is not kept by a pause that nobody waits for', async () => {
    const controller = new AbortController()
    const paused = pause(600_000, controller.signal)
    controller.abort()
    await paused
    await pause(600_000, controller.signal)
  })
})
