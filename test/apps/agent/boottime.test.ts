import { spawnSync } from 'node:child_process'
import os from 'node:os'
import { boottime, createBoottime } from '../../../apps/agent/boottime.ts'
import { inRepository } from './stand.ts'

/** A machine whose kernel clocks the test moves: uptime in steps of 10 ms, monotonic without the suspends. */
function machine() {
  let sinceBootMs = 1_003.7
  let suspendedMs = 0
  const readings = {
    // Reading takes time, so that waiting for a tick comes to an end.
    uptimeMs: () => {
      sinceBootMs += 0.01
      return Math.floor(sinceBootMs / 10) * 10
    },
    monotonicMs: () => {
      sinceBootMs += 0.01
      return sinceBootMs - suspendedMs
    },
  }
  return {
    readings,
    truthMs: () => sinceBootMs,
    run: (ms: number) => {
      sinceBootMs += ms
    },
    suspend: (ms: number) => {
      sinceBootMs += ms
      suspendedMs += ms
    },
  }
}

describe('boottime', () => {
  it('is never ahead of the truth and behind by far less than 1 ms', () => {
    const { readings, truthMs, run } = machine()
    const now = createBoottime(readings)
    for (let step = 0; step < 1000; step += 1) {
      run(step * 0.37)
      const readMs = now()
      expect(readMs).toBeLessThanOrEqual(truthMs())
      expect(readMs).toBeGreaterThan(truthMs() - 0.1)
    }
  })

  it('counts a suspend at the first call after it', () => {
    const { readings, truthMs, suspend } = machine()
    const now = createBoottime(readings)
    for (const lengthMs of [12, 60_000, 3_600_000]) {
      suspend(lengthMs)
      const readMs = now()
      expect(readMs).toBeLessThanOrEqual(truthMs())
      expect(readMs).toBeGreaterThan(truthMs() - 0.1)
    }
  })

  it.each([0.7, 4])(
    'is behind by at most 10 ms after a suspend of %s ms, which rounding hides, and catches up',
    (lengthMs) => {
      const { readings, truthMs, suspend, run } = machine()
      const now = createBoottime(readings)
      suspend(lengthMs)
      expect(now()).toBeGreaterThan(truthMs() - 10)
      for (let step = 0; step < 2000; step += 1) {
        run(0.1)
        now()
      }
      expect(now()).toBeGreaterThan(truthMs() - 0.2)
    },
  )

  it('is not led ahead by a pause between its two readings', () => {
    const { readings, truthMs, run } = machine()
    let readAtMs = 0
    const now = createBoottime({
      uptimeMs: () => {
        const uptimeMs = readings.uptimeMs()
        run(7)
        return uptimeMs
      },
      monotonicMs: () => {
        const monotonicMs = readings.monotonicMs()
        readAtMs = truthMs()
        run(7)
        return monotonicMs
      },
    })
    for (let call = 0; call < 100; call += 1) expect(now()).toBeLessThanOrEqual(readAtMs)
  })

  it('never goes back, and agrees with the system', () => {
    let earlierMs = boottime()
    for (let call = 0; call < 20_000; call += 1) {
      const readMs = boottime()
      expect(readMs >= earlierMs).toBe(true)
      earlierMs = readMs
    }
    const roundedDownMs = os.uptime() * 1000
    expect(boottime()).toBeGreaterThan(roundedDownMs - 1)
  })

  it('reads the same in another process', () => {
    const program = `import(process.argv[1]).then(({ boottime }) => console.log(boottime()))`
    const beforeMs = boottime()
    const other = spawnSync(process.execPath, ['-e', program, inRepository('apps/agent/boottime.ts')])
    const afterMs = boottime()
    const otherMs = Number(other.stdout)
    expect(otherMs).toBeGreaterThan(beforeMs)
    expect(otherMs).toBeLessThan(afterMs)
  })
})
