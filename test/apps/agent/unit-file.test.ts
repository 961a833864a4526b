import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inRepository, Stand } from './stand.ts'

const unit = readFileSync(inRepository('apps/agent/understudy-agent.service'), 'utf8')
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

describe('the unit file', () => {
  it.each(['understudy-agent.service', 'understudy-gate.service'])('%s is understood by systemd', (name) => {
    if (!hasSystemd) {
      console.info('not looked at by systemd-analyze, which is not here (Debian: apt-get install systemd)')
      return
    }
    const stand = new Stand()
    const file = path.join(stand.folder, name)
    // The program that it starts is not installed here.
    const installed = readFileSync(inRepository(`apps/agent/${name}`), 'utf8')
    writeFileSync(file, installed.replace('ExecStart=/usr/local/bin/understudy-agent', `ExecStart=${process.execPath}`))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('understudy'))
    stand.clear()
    expect({ status, said }).toEqual({ status: 0, said: [] })
  })

  it.each([
    ['the agent says when it is ready', 'Type=notify'],
    ['by a program of its own', 'NotifyAccess=all'],
    ['a hung one is killed', 'WatchdogSec=30'],
    ['it is started again, whatever has become of it', 'Restart=always'],
    ['and for ever', 'StartLimitIntervalSec=0'],
    ['a recovery asks for that', 'RestartForceExitStatus=75'],
    ['services and front outlive it', 'KillMode=process'],
    ['also if one of them is ended for want of memory', 'OOMPolicy=continue'],
  ])('says that %s', (_, line) => {
    expect(unit.split('\n')).toContain(line)
  })

  it('forbids nothing that the agent needs', () => {
    expect(unit).not.toMatch(/^(MemoryDenyWriteExecute|PrivateNetwork|CapabilityBoundingSet|NoNewPrivileges|User)=/m)
    expect(unit).toMatch(/^RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK$/m)
  })
})
