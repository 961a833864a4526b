import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { askReplication, Replication } from '../../../apps/agent/services/replication.ts'
import { eventually, Stand } from './stand.ts'

const environment = { PATH: '/usr/bin:/bin' }
const script = (text: string) => ({ command: ['sh', '-c', text], timeLimitMs: 5000, environment })

describe('the state of replication', () => {
  it('is what the command prints, from 0 to 4', async () => {
    expect(await askReplication(script('echo 2'))).toEqual({ state: 2, detail: 'sh says 2' })
    expect(await askReplication(script('echo 7'))).toEqual({ state: null, detail: 'sh printed "7" and not 0 to 4' })
    expect(await askReplication(script('echo 2; exit 1'))).toEqual({
      state: null,
      detail: 'sh ended with exit code 1: 2',
    })
    expect(await askReplication({ ...script('sleep 60'), timeLimitMs: 100 })).toEqual({
      state: null,
      detail: 'sh was killed: it took longer than 100 ms',
    })
  })

  it('stays while the command fails, until it has failed often enough', async () => {
    const stand = new Stand()
    const file = (name: string) => path.join(stand.folder, name)
    const log: string[] = []
    const failing = `cd '${stand.folder}'; [ -e fails ] || { echo 2; exit; }; exit 1`
    const replication = new Replication({ ...script(failing), intervalMs: 20, fall: 5, log: (line) => log.push(line) })
    stand.afterwards(() => replication.close())
    expect(replication.state).toBe(0)
    await eventually('it is 2', () => replication.state === 2)
    writeFileSync(file('fails'), '')
    await eventually('a failure is told', () => log.length === 2)
    expect(replication.state).toBe(2)
    await eventually('it is 0', () => replication.state === 0)
    expect(log).toEqual(['replication: sh says 2', ...Array(2).fill('replication: sh ended with exit code 1')])
    rmSync(file('fails'))
    await eventually('it is 2 again', () => replication.state === 2)
    replication.close()
    await stand.clear()
  })
})
