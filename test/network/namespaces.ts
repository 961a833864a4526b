import { execFileSync, spawnSync } from 'node:child_process'

/** The places of the test: the control plane, two hosts, and where users are; each has a network of its own. */
export const PLACES = ['cloud', 'a', 'b', 'users'] as const
export type Place = (typeof PLACES)[number]

const ADDRESSES: Record<Place, string> = {
  cloud: '10.77.0.1',
  a: '10.77.0.2',
  b: '10.77.0.3',
  users: '10.77.0.4',
}
export const addressOf = (place: Place): string => ADDRESSES[place]

const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })

/** Why no namespaces can be made here; null: they can. */
export function whyNoNamespaces(): string | null {
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces'
  for (const program of ['ip', 'nft']) {
    if (spawnSync(program, ['-V']).error) return `it needs the program ${program}`
  }
  const name = `understudy-try-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name])
  spawnSync('ip', ['netns', 'delete', name])
  return made.status === 0 ? null : `no network namespace can be made: ${made.stderr}`
}

/**
 * Tells the stories, or skips them and says why. Never skips them in CI: where nobody looks closely, a suite that skips
 * itself is as good as none.
 */
export function describeUnless(whyNot: string | null, name: string, stories: () => void): void {
  if (whyNot === null || process.env.CI === 'true') describe(name, stories)
  else describe.skip(`${name} (skipped: ${whyNot})`, stories)
}

/** A process may have ended by itself meanwhile. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Network namespaces of this process alone, joined by a switch in a namespace of its own; roads can be lost. */
export class Namespaces {
  readonly #prefix = `understudy-${process.pid}-`

  /** Throws what ip or nft says; nothing is left then. */
  static create(): Namespaces {
    const namespaces = new Namespaces()
    try {
      namespaces.#create()
      return namespaces
    } catch (error) {
      namespaces.end()
      throw error
    }
  }

  #name(of: Place | 'switch'): string {
    return `${this.#prefix}${of}`
  }

  #create(): void {
    const hub = this.#name('switch')
    run('ip', 'netns', 'add', hub)
    run('ip', '-n', hub, 'link', 'add', 'bridge', 'type', 'bridge')
    run('ip', '-n', hub, 'link', 'set', 'bridge', 'up')
    for (const place of PLACES) {
      const name = this.#name(place)
      run('ip', 'netns', 'add', name)
      run('ip', '-n', hub, 'link', 'add', `to-${place}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
      run('ip', '-n', hub, 'link', 'set', `to-${place}`, 'master', 'bridge', 'up')
      run('ip', '-n', name, 'address', 'add', `${ADDRESSES[place]}/24`, 'dev', 'eth0')
      run('ip', '-n', name, 'link', 'set', 'eth0', 'up')
      run('ip', '-n', name, 'link', 'set', 'lo', 'up')
      this.#nft(place, 'add table inet roads')
      this.#nft(place, 'add chain inet roads leaving { type filter hook output priority 0 ; }')
    }
  }

  #nft(place: Place, command: string): void {
    run('ip', 'netns', 'exec', this.#name(place), 'nft', command)
  }

  /** Program and arguments, to be run in a place. */
  in(place: Place, argv: string[]): [program: string, args: string[]] {
    return ['ip', ['netns', 'exec', this.#name(place), ...argv]]
  }

  /** From now on nothing gets from one place to another; the way back is another road. */
  lose(from: Place, to: Place): void {
    this.#nft(from, `add rule inet roads leaving ip daddr ${ADDRESSES[to]} drop`)
  }

  loseBoth(one: Place, other: Place): void {
    this.lose(one, other)
    this.lose(other, one)
  }

  /** From now on so many of a hundred packets get lost, everywhere. */
  loseSome(percent: number): void {
    for (const place of PLACES) {
      this.#nft(place, `add rule inet roads leaving ip daddr 10.77.0.0/24 numgen random mod 100 < ${percent} drop`)
    }
  }

  /** All roads are as they were made. */
  heal(): void {
    for (const place of PLACES) this.#nft(place, 'flush chain inet roads leaving')
  }

  /** Ends whatever runs in the places, daemons too: nobody but this test has started anything there. */
  endProcesses(): void {
    for (const place of PLACES) {
      const { stdout } = spawnSync('ip', ['netns', 'pids', this.#name(place)], { encoding: 'utf8' })
      for (const pid of stdout?.split('\n').filter((line) => line !== '') ?? []) kill(Number(pid))
    }
  }

  /** Whatever still runs in a namespace keeps it alive: end that before. */
  end(): void {
    for (const place of [...PLACES, 'switch'] as const) spawnSync('ip', ['netns', 'delete', this.#name(place)])
  }
}
