import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runCli } from '../../../apps/cli/program.ts'
import { type ApiServer, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo } from './demo-api.ts'
import { environmentOf } from './run-cli.ts'
import { openTerminal } from './terminal.ts'

let api: ApiServer
beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
})
beforeEach(async () => {
  api = await startApi(demo())
})
afterEach(() => api.close())

/** What a shell is offered for the last word; the others are whole. */
async function offered(...words: string[]): Promise<string[]> {
  const screen = openTerminal({ isTTY: false })
  const code = await runCli(['__complete', ...words], screen.terminal, { endpoint: api.endpoint })
  expect([code, screen.errors()]).toEqual([0, ''])
  return screen
    .output()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '')
}

describe('a shell is offered', () => {
  it.each<[string[], string[]]>([
    [['fail'], ['failover']],
    [
      ['ha', 'f'],
      ['failover', 'fallback'],
    ],
    [['status', '--out'], ['--output']],
    [
      ['-o', ''],
      ['table', 'json', 'jsonl', 'yaml'],
    ],
    [['status', '--output=y'], ['--output=yaml']],
    // bash takes it apart at "=", and wants the last part alone.
    [['status', '--output', '=', 'y'], ['yaml']],
    [
      ['status', '--output', '='],
      ['table', 'json', 'jsonl', 'yaml'],
    ],
    [['parameters', 'set', 'keepAliveT'], ['keepAliveTimeoutSeconds=']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['status', ''], ['pair']],
    [['failover', '--wait', 'pair', ''], ['a']],
    [['nodes', 'show', ''], ['a']],
    [['--cluster', ''], ['demo']],
    [['status', 'pair', ''], []],
    [['nonsense', 'x', ''], []],
  ])('for %j: %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected)
  })

  it('every command, and no option that is only there for old scripts', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['status', 'clusters', 'nodes', 'groups', 'ha', 'help']))
    const options = await offered('failover', '--')
    expect(options).toEqual(expect.arrayContaining(['--yes', '--wait', '--cluster', '--json']))
    expect(options).not.toContain('--timeout')
  })

  it('names of the cluster that was named', async () => {
    await offered('--cluster', 'other', 'status', '')

    expect(api.calls.map(({ path }) => path)).toEqual(['/clusters/other'])
  })

  it('silently nothing where the API is out of reach, or does not answer', async () => {
    api.answer(() => null)
    expect(await offered('status', '')).toEqual([])
    await api.close()
    expect(await offered('status', '')).toEqual([])
    api = await startApi(demo())
  })
})

describe('completion bash', () => {
  it('is a script by which bash completes', async () => {
    const home = await mkdtemp(join(tmpdir(), 'understudy-test-'))
    const program = fileURLToPath(new URL('../../../apps/cli/understudy.mjs', import.meta.url))
    const command = join(home, 'understudy')
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
    await chmod(command, 0o755)
    const script = `
      source <(understudy completion bash)
      COMP_WORDS=(understudy failover pair ''); COMP_CWORD=3
      _understudy
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { ...environmentOf(home), UNDERSTUDY_ENDPOINT: api.endpoint }
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      env: { ...env, PATH: `${home}:${process.env.PATH}` },
    })
    await rm(home, { recursive: true })

    expect(stdout).toBe('a\n')
  })
})

it.each(['zsh', 'fish'])('completion %s is a script that asks the same', async (shell) => {
  const screen = openTerminal({ isTTY: false })

  expect(await runCli(['completion', shell], screen.terminal, {})).toBe(0)
  expect(screen.output()).toContain('understudy __complete ')
})
