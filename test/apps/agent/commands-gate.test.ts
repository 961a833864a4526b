import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { CommandsGate, type CommandsGateSettings } from '../../../apps/agent/gate/commands-gate.ts'
import { GateError } from '../../../apps/agent/gate/gate.ts'
import { BOOT_ID, eventually, Stand } from './stand.ts'

/** Doors as files of a folder; what the command was told stands in `told`. */
const GATE = `
cd "$(dirname "$0")/doors"
case $1 in
  open) echo "$1 $UNDERSTUDY_NODE $UNDERSTUDY_HOME_NODE \${UNDERSTUDY_DEADLINE_MS:-for ever}" >> ../told
    echo $UNDERSTUDY_DEADLINE_BOOTTIME_MS > $UNDERSTUDY_HOME_NODE ;;
  extend) echo "$1 $UNDERSTUDY_HOME_NODE" >> ../told
    [ -e $UNDERSTUDY_HOME_NODE ] && echo $UNDERSTUDY_DEADLINE_BOOTTIME_MS > $UNDERSTUDY_HOME_NODE ;;
  close) echo "$1 $UNDERSTUDY_HOME_NODE" >> ../told; rm -f $UNDERSTUDY_HOME_NODE ;;
  status) ls ;;
  expiring) now=$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)
    for door in *; do
      [ -e $door ] || continue
      deadline=$(cat $door)
      if [ -z "$deadline" ]; then echo $door
      elif [ $deadline -gt $now ]; then echo $door $((deadline - now)); fi
    done ;;
esac`

describe("the gate that is the operator's commands", () => {
  let stand: Stand
  let program: string
  let log: string[]
  beforeEach(() => {
    stand = new Stand()
    program = path.join(stand.folder, 'gate')
    log = []
    writeFileSync(program, `#!/bin/sh\nmkdir -p "$(dirname "$0")/doors"${GATE}\n`)
    chmodSync(program, 0o755)
  })
  afterEach(() => stand.clear())

  function open(change: Partial<CommandsGateSettings> = {}): CommandsGate {
    const gate = new CommandsGate({
      node: 'a',
      open: [program, 'open'],
      close: [program, 'close'],
      status: [program, 'status'],
      timeLimitMs: 1000,
      closesByItself: false,
      environment: { PATH: process.env.PATH },
      stateFolder: path.join(stand.folder, 'state'),
      bootId: BOOT_ID,
      log: (line) => log.push(line),
      ...change,
    })
    stand.afterwards(() => gate.close())
    return gate
  }
  const expiring = () => open({ status: [program, 'expiring'], extend: [program, 'extend'], closesByItself: true })

  const told = () => readFileSync(path.join(stand.folder, 'told'), 'utf8').trim().split('\n')
  const isOpen = (home: string) => existsSync(path.join(stand.folder, 'doors', home))

  it('opens, renews and closes, and asks the status command what is so', async () => {
    const gate = open()
    expect(await gate.read()).toEqual({ open: [], deadlines: {}, problem: null })
    const deadlineMs = boottime() + 60_000
    expect(await gate.set({ a: deadlineMs, b: 'unleased' })).toEqual({
      open: ['a', 'b'],
      deadlines: { a: deadlineMs, b: 'unleased' },
      problem: null,
    })
    expect(told()).toEqual([expect.stringMatching(/^open a a 59\d\d\d$/), 'open a b for ever'])
    expect((await gate.set({ b: 'unleased' })).open).toEqual(['b'])
    expect(told().slice(2)).toEqual(['close a', 'open a b for ever'])
  })

  it('says in its kind whether anything outside the agent closes its doors', () => {
    expect(open().kind).toBe('commands-unenforced')
    expect(expiring().kind).toBe('commands')
  })

  it('closes a door that does not do so by itself, in good time before its deadline', async () => {
    const gate = open()
    const deadlineMs = boottime() + 1500
    await gate.set({ a: deadlineMs })
    await eventually('the door is closed', () => !isOpen('a'))
    expect(boottime()).toBeLessThan(deadlineMs)
    expect((await gate.read()).open).toEqual([])
    expect(log).toEqual(['the door for the users of a does not close by itself, and is closed: its time is over'])
  })

  it('goes on with the deadline of an earlier agent, and closes an open door of which it knows none', async () => {
    const first = open()
    const deadlineMs = boottime() + 60_000
    await first.set({ a: deadlineMs })
    first.close()
    writeFileSync(path.join(stand.folder, 'doors/b'), '')
    expect(await open().read()).toEqual({ open: ['a'], deadlines: { a: deadlineMs }, problem: null })
    expect(isOpen('b')).toBe(false)
    expect((await open({ bootId: 'another' }).read()).open).toEqual([])
  })

  it('leaves a door alone that closes by itself', async () => {
    const gate = expiring()
    const deadlineMs = boottime() + 800
    const { deadlines } = await gate.set({ a: deadlineMs })
    expect(Math.abs((deadlines.a as number) - deadlineMs)).toBeLessThan(200)
    await eventually('it has closed', async () => (await gate.read()).open.length === 0)
    expect(told()).toHaveLength(1)
    expect(log).toEqual([])
  })

  it('extends what is open, and opens nothing by that', async () => {
    const gate = expiring()
    await gate.set({ a: boottime() + 2000 })
    const { open: doors, deadlines } = await gate.extend({ a: boottime() + 60_000, b: boottime() + 60_000 })
    expect(doors).toEqual(['a'])
    expect(deadlines.a).toBeGreaterThan(boottime() + 50_000)
    expect(told().slice(1)).toEqual(['extend a'])

    const other = open()
    await other.set({ a: boottime() + 2000 })
    const deadlineMs = boottime() + 60_000
    expect((await other.extend({ a: deadlineMs, b: deadlineMs })).deadlines).toEqual({ a: deadlineMs })
    await other.set({})
    expect((await other.extend({ a: deadlineMs })).open).toEqual([])
  })

  it('closes at once what was opened too late', async () => {
    const gate = open({ open: ['sh', '-c', `sleep 0.5; '${program}' open`], timeLimitMs: 5000 })
    expect((await gate.set({ a: boottime() + 300 })).open).toEqual([])
    expect(isOpen('a')).toBe(false)
  })

  it('tells what fails, and calls nothing closed that the status command does not', async () => {
    const gate = open({ close: ['sh', '-c', 'echo no such address; exit 4'] })
    await gate.set({ a: 'unleased' })
    const { open: doors, problem } = await gate.set({})
    expect(doors).toEqual(['a'])
    expect(problem).toContain('gate.close for the users of a: sh ended with exit code 4: no such address')
  })

  it.each([
    [
      'fails',
      ['sh', '-c', 'echo broken; exit 3'],
      'the state of the doors is unknown: gate.status sh ended with exit code 3',
    ],
    ['hangs', ['sleep', '60'], 'gate.status sleep was killed: it took longer than 300 ms'],
    ['says what nobody understands', ['echo', 'all is well'], 'gate.status printed "all is well" and not a home node'],
  ])('says nothing where the status command %s', async (_, status, message) => {
    const gate = open({ status, timeLimitMs: 300 })
    await expect(gate.read()).rejects.toThrow(GateError)
    await expect(gate.set({})).rejects.toThrow(message)
  })
})
