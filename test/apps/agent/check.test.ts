import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Finding, tableOf } from '../../../apps/agent/check/check.ts'
import { AgentHost, SERVICE, UNIT } from './agent-host.ts'
import { Stand } from './stand.ts'

describe('understudy-agent check', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
  })
  afterEach(() => stand.clear())

  const check = () => host.ask('check', '--config', host.configFile)
  async function findings(): Promise<{ code: number | null; of: (name: string) => Finding | undefined }> {
    const { code, said } = await host.ask('check', '--json', '--config', host.configFile)
    const all: Finding[] = JSON.parse(said)
    return { code, of: (name) => all.find((finding) => finding.name === name) }
  }
  const service = (settings: Record<string, unknown>) => ({
    services: [
      { name: SERVICE, control: { kind: 'systemd', unit: UNIT }, ...settings },
      { name: 'Database', role: 'database', control: { kind: 'systemd', unit: 'postgresql.service' } },
    ],
  })

  it('ends with 0 where nothing fails, and says what could be better', async () => {
    const { code, said } = await check()
    expect(said).toMatch(/^ok {7}configuration .* node a of cluster c, 2 services$/m)
    expect(said).toMatch(/^warning {2}XCP Router .* prosody.service is active \(running\); systemd restarts it/m)
    expect(said).toMatch(/^ +→ systemctl edit prosody.service, \[Service\] Restart=no/m)
    expect(said).toMatch(/^ok {7}credentials .* access key x$/m)
    expect(said).toMatch(/^ok {7}clock /m)
    expect(said).toMatch(/\d+ ok, 4 warnings, 0 failed\n$/)
    expect(code).toBe(0)
  })

  it('ends with 1 and says what to do where a probe fails', async () => {
    host.configure(service({ probes: [{ kind: 'command', command: ['sh', '-c', 'echo no licence; exit 3'] }] }))
    const { code, of } = await findings()
    expect(code).toBe(1)
    expect(of(`${SERVICE}: command sh -c echo no licence; exit 3`)).toEqual({
      name: `${SERVICE}: command sh -c echo no licence; exit 3`,
      result: 'failed',
      detail: expect.stringMatching(/^sh ends with exit code 3 and not with 0: no licence, in \d+ ms$/),
      remedy: 'start XCP Router, or correct its probe',
    })
  })

  it('says what is wrong with the file alone when there is something', async () => {
    writeFileSync(host.configFile, 'node: a b\n')
    const { code, said } = await check()
    expect(code).toBe(1)
    expect(said).toMatch(/^failed {3}configuration .* cannot be used:$/m)
    expect(said).toMatch(/^ +node: give a name of 1 to 128 letters/m)
    expect(said).toMatch(/0 ok, 0 warnings, 1 failed\n$/)
  })

  it('finds what is not there: programs, units, credentials, the control plane', async () => {
    writeFileSync(path.join(stand.folder, 'no-credentials'), '')
    host.configure({
      ...service({ control: { kind: 'systemd', unit: 'no-such.service' } }),
      hooks: { onFence: ['/no/such/hook'] },
      credentials: { file: 'no-credentials' },
      endpoints: ['http://127.0.0.1:1'],
      replicationSetup: undefined,
      replicationStateCommand: ['echo', 'fine'],
    })
    const { code, of } = await findings()
    expect(code).toBe(1)
    expect(of(SERVICE)?.detail).toBe('no-such.service cannot be started: systemd says not-found')
    expect(of('hook onFence')?.detail).toBe('/no/such/hook is not there, or cannot be executed')
    expect(of('credentials')?.result).toBe('failed')
    expect(of('endpoint 127.0.0.1:1')?.result).toBe('failed')
    expect(of('replication')?.detail).toBe('echo printed "fine" and not 0 to 4')
  })

  it('finds a clock that is wrong', async () => {
    host.clockAheadMs = 120_000
    const { code, of } = await findings()
    expect(code).toBe(1)
    expect(of('clock')).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/^1(19|20|21) s behind the endpoint's; at 300 s AWS refuses it$/),
    })
  })

  it('says what systemd is missed for', async () => {
    host.systemd.is('down')
    const { of } = await findings()
    expect(of('systemctl')).toMatchObject({ result: 'failed', detail: expect.stringContaining('Connection refused') })
  })

  it('draws a table', () => {
    const findings: Finding[] = [
      { name: 'one', result: 'ok', detail: 'fine' },
      { name: 'another', result: 'failed', detail: 'not fine\nat all', remedy: 'do it' },
    ]
    expect(tableOf(findings)).toBe(`ok       one      fine
failed   another  not fine
                  at all
                  → do it

1 ok, 0 warnings, 1 failed
`)
  })
})
