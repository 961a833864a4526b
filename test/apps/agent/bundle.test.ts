import { execFile } from 'node:child_process'
import { cpSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { inRepository, Stand } from './stand.ts'

const run = promisify(execFile)

describe("the agent's single file", () => {
  let stand: Stand
  let file: string
  beforeAll(async () => {
    stand = new Stand()
    file = path.join(stand.folder, 'understudy-agent')
    await run(process.execPath, [inRepository('apps/agent/bundle.ts'), `${file}.mjs`])
    // Nothing of the project is above it or beside it, and its name needs no suffix.
    symlinkSync(`${file}.mjs`, file)
    symlinkSync(process.execPath, path.join(stand.folder, 'node'))
  })
  afterAll(() => stand.clear())

  const ask = (...args: string[]) =>
    run(file, args, { cwd: stand.folder, env: { PATH: `${stand.folder}:/usr/bin:/bin` } }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )

  it('is a program by itself', async () => {
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node')
    expect(statSync(`${file}.mjs`).mode & 0o111).toBe(0o111)
    expect(path.dirname(readlinkSync(file))).toBe(stand.folder)
    expect((await ask('--help')).stdout).toMatch(/^Usage: understudy-agent /)
  })

  it('checks the example, and finds a host that is not set up', async () => {
    const example = path.join(stand.folder, 'agent.yaml')
    cpSync(inRepository('apps/agent/agent.example.yaml'), example)
    const { code, stdout } = await ask('check', '--config', example)
    expect(stdout).toMatch(/^ok {7}configuration .* node alpha of cluster example, 2 services$/m)
    expect(code).toBe(1)
  })

  it('says in one line what it needs', async () => {
    expect((await ask('run', '--config', '/no/such/file')).stderr).toBe(
      "understudy-agent: the agent's configuration cannot be read: ENOENT: no such file or directory, open '/no/such/file'\n",
    )
  })
})
