import { firstHealth, type Health, inNewRun, nextHealth } from '../../../apps/agent/services/health.ts'

const COUNTS = { rise: 2, fall: 3 }

/** A look a second: `+` good, `-` bad, `x` known to be gone. Each begins on the second and takes 100 ms. */
function looks(text: string): Health {
  const [first, ...others] = [...text].map((sign, second) => ({
    good: sign === '+',
    sure: sign === 'x',
    beganMs: second * 1000,
    endedMs: second * 1000 + 100,
  }))
  if (!first) throw new Error('a health needs a look')
  return others.reduce((health, look) => nextHealth(health, look, COUNTS), firstHealth(first))
}

describe('the health of a service, with rise 2 and fall 3', () => {
  it.each([
    ['+', true, 100, 'the first look decides'],
    ['-', false, 0, 'the first look decides'],
    ['+--', true, 100, 'two bad ones are not three'],
    ['+---', false, 1000, 'three are: since the first of them began'],
    ['+-----', false, 1000, 'and it stays since then'],
    ['+--+--', true, 100, 'a good one between them begins the row anew'],
    ['+--+---', false, 4000, 'since the first of the row that counted'],
    ['+-x', false, 1000, 'what is known to be gone is not counted, but was silent before'],
    ['+x', false, 1000, 'what is known to be gone is not counted'],
    ['-+', false, 0, 'one good one is not two'],
    ['-++', true, 1100, 'two are: since the first of them was heard'],
    ['-+-+-++', true, 5100, 'a good one now and then is no break of the failure'],
  ])('after %s is good: %s, since %d ms: %s', (signs, good, sinceMs) => {
    expect(looks(signs)).toMatchObject({ good, sinceMs })
  })

  it('ends with a run, and a new run has to rise again', () => {
    const anew = inNewRun(looks('+++'), 2500)
    expect(anew).toMatchObject({ good: false, sinceMs: 2500 })
    const once = nextHealth(anew, { good: true, sure: false, beganMs: 3000, endedMs: 3100 }, COUNTS)
    expect(once).toMatchObject({ good: false, sinceMs: 2500 })
    const twice = nextHealth(once, { good: true, sure: false, beganMs: 4000, endedMs: 4100 }, COUNTS)
    expect(twice).toMatchObject({ good: true, sinceMs: 3100 })
  })

  it('of a run that was never good is since the failure before it', () => {
    expect(inNewRun(looks('+---'), 3500)).toMatchObject({ good: false, sinceMs: 1000 })
  })
})
