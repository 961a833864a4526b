import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type Console, startConsole } from '../../../apps/stage/console.ts'
import { type Identities, openIdentities } from '../../../apps/stage/identities.ts'

const ENDPOINT = 'http://127.0.0.1:7780'
const PAGE = '<!doctype html><title>The console</title>'
const SCRIPT = `export const words = '${'many words '.repeat(200)}'`

let dataFolder: string
let folder: string
let program: string
let identities: Identities
let served: Console
let errors: string[]

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'understudy-console-'))
  folder = join(dataFolder, 'dist')
  program = join(dataFolder, 'build.mjs')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), PAGE)
  await writeFile(join(folder, 'icon.svg'), '<svg/>')
  await writeFile(join(folder, 'assets', 'main-abc.js'), SCRIPT)
  await writeFile(join(folder, 'assets', 'font-abc.woff2'), 'letters')
  await writeFile(join(dataFolder, 'policy.json'), '{"default-src":["\'none\'"],"connect-src":["\'self\'"]}')
  await writeFile(program, '')
  identities = await openIdentities(dataFolder)
  errors = []
  served = await start()
  await served.built
})

afterEach(async () => {
  await served.close()
  await rm(dataFolder, { recursive: true })
})

const start = (port = 0) =>
  startConsole({
    port,
    endpoint: ENDPOINT,
    region: 'us-east-1',
    dataFolder,
    identities,
    build: { program, environment: process.env },
    folder,
    contentSecurityPolicyFile: join(dataFolder, 'policy.json'),
    onError: (error, where) => errors.push(`${where}: ${error instanceof Error ? error.message : error}`),
  })

/** The console, with a build of its own in the place of the one that is done. */
async function restart(build: string): Promise<void> {
  await served.close()
  await writeFile(program, build)
  served = await start()
}

/** Bare: the path goes as it is, without being resolved, and so do the headers. */
async function ask(path: string, { method = 'GET', headers = {}, body = '' } = {}) {
  const { hostname, port } = new URL(served.origin)
  const request = httpRequest({ hostname, port, path, method, headers })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const bytes = Buffer.concat(await response.toArray())
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() }
}

const token = () => served.address.split('#token=')[1] as string
const asJson = { 'content-type': 'application/json' }
const signIn = (content: object, headers: Record<string, string> = asJson) =>
  ask('/sign-in', { method: 'POST', headers, body: JSON.stringify(content) })

describe('the files of the console', () => {
  it('are what was built; the page must be asked for again, what is under /assets/ need not', async () => {
    const page = await ask('/')
    const script = await ask('/assets/main-abc.js')

    expect([page.status, page.text, page.headers['content-type'], page.headers['cache-control']]).toEqual([
      200,
      PAGE,
      'text/html; charset=utf-8',
      'no-cache',
    ])
    expect([script.status, script.text, script.headers['content-type'], script.headers['cache-control']]).toEqual([
      200,
      SCRIPT,
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
    expect((await ask('/icon.svg')).headers['content-type']).toBe('image/svg+xml')
  })

  it('come with a policy that lets the page reach its API and nothing else, also where they are refused', async () => {
    for (const answer of [await ask('/'), await ask('/no.js'), await ask('/', { method: 'PUT' }), await signIn({})]) {
      expect(answer.headers).toMatchObject({
        'content-security-policy': `default-src 'none'; connect-src 'self' ${ENDPOINT}`,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      })
    }
  })

  it('are compressed for who can read it, unless they are already', async () => {
    const asked = (encodings: string, path = '/assets/main-abc.js') =>
      ask(path, { headers: { 'accept-encoding': encodings } })
    const brotli = await asked('gzip, deflate, br')
    const zipped = await asked('br;q=0, gzip')

    expect([brotli.headers['content-encoding'], brotli.headers.vary]).toEqual(['br', 'accept-encoding'])
    expect(brotliDecompressSync(brotli.bytes).toString()).toBe(SCRIPT)
    expect(brotli.bytes.length).toBeLessThan(SCRIPT.length / 10)
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.bytes).toString()).toBe(SCRIPT)
    expect((await asked('zstd')).headers['content-encoding']).toBeUndefined()
    const font = await asked('br', '/assets/font-abc.woff2')
    expect([font.headers['content-encoding'], font.text]).toEqual([undefined, 'letters'])
  })

  it('are not sent again to who has them', async () => {
    const { headers } = await ask('/')
    const again = (etag: string) => ask('/', { headers: { 'if-none-match': etag } })

    const known = await again(`"other", ${headers.etag}`)
    expect([known.status, known.text, known.headers.etag]).toEqual([304, '', headers.etag])
    expect((await again('"other"')).status).toBe(200)
  })

  it('may be asked for by HEAD, and by no other method', async () => {
    const head = await ask('/', { method: 'HEAD' })
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(PAGE.length)])
    const put = await ask('/', { method: 'PUT' })
    expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD'])
    expect((await ask('/sign-in', { method: 'DELETE' })).headers.allow).toBe('GET, HEAD, POST')
  })
})

describe('a path', () => {
  it('that is a place in the page leads to the page, also where a name has a dot', async () => {
    for (const path of ['/groups/demo/pair?tab=users', '/clusters/demo/nodes/imp.example.com', '/sign-in']) {
      expect([path, (await ask(path)).text]).toEqual([path, PAGE])
    }
  })

  it('of a file that is not there is not found', async () => {
    for (const path of ['/main.js', '/assets/gone-abc.js', '/assets/gone', '/favicon.ico']) {
      expect([path, (await ask(path)).status]).toEqual([path, 404])
    }
  })

  it('cannot leave the folder', async () => {
    for (const path of ['/../credentials', '/assets/../../credentials', '/..%2fcredentials', '/%2e%2e/credentials']) {
      const { text } = await ask(path)
      expect(['Not Found\n', PAGE]).toContain(text)
    }
  })
})

it('the page finds out where its API is', async () => {
  const { headers, text } = await ask('/config.json')

  expect([headers['content-type'], headers['cache-control']]).toEqual(['application/json', 'no-cache'])
  const config = { environment: 'stage', endpoint: ENDPOINT, region: 'us-east-1', signIn: { kind: 'stage' } }
  expect(JSON.parse(text)).toEqual(config)
})

describe('signing in', () => {
  it.each(['operator', 'viewer'])('gives who has the token the keys of the %s', async (identity) => {
    const own = { ...asJson, origin: served.origin }
    const { status, headers, text } = await signIn({ token: token(), identity }, own)

    const found = identities.list().find(({ name }) => name === identity)
    const { name, role, accessKeyId, secretAccessKey } = found as NonNullable<typeof found>
    expect([status, JSON.parse(text)]).toEqual([200, { name, role, accessKeyId, secretAccessKey }])
    expect(headers['cache-control']).toBe('no-store')
  })

  it.each<[string, number, string, () => ReturnType<typeof signIn>]>([
    ['another token', 403, 'WrongToken', () => signIn({ token: 'guessed', identity: 'operator' })],
    ['the beginning of it', 403, 'WrongToken', () => signIn({ token: token().slice(0, -1), identity: 'operator' })],
    [
      'another page',
      403,
      'ForeignOrigin',
      () => signIn({ token: token(), identity: 'operator' }, { ...asJson, origin: 'http://127.0.0.1:1' }),
    ],
    ['the identity of an agent', 400, 'Malformed', () => signIn({ token: token(), identity: 'alpha' })],
    ['no JSON', 400, 'Malformed', () => ask('/sign-in', { method: 'POST', headers: asJson, body: '{' })],
    [
      'what a form could send',
      400,
      'Malformed',
      () => signIn({ token: token(), identity: 'viewer' }, { 'content-type': 'text/plain' }),
    ],
    ['too much', 413, 'TooLarge', () => signIn({ token: 'x'.repeat(5000), identity: 'viewer' })],
  ])('is refused with %s', async (_, status, code, attempt) => {
    const answer = await attempt()

    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json'])
    expect(JSON.parse(answer.text)).toMatchObject({ status, code, type: `urn:understudy:problem:${code}` })
    expect(answer.text).not.toContain('AKIA')
    expect(errors).toEqual([])
  })
})

it('a page of another name that leads here gets nothing, neither the console nor a sign-in', async () => {
  const { port } = new URL(served.origin)
  for (const host of [`evil.example:${port}`, `localhost:${port}`, '127.0.0.1', `127.0.0.1:${Number(port) + 1}`]) {
    expect((await ask('/', { headers: { host } })).status).toBe(421)
    const headers = { ...asJson, host, origin: `http://${host}` }
    const refused = await signIn({ token: token(), identity: 'operator' }, headers)
    expect([refused.status, refused.text]).toEqual([421, `The console is at ${served.origin}\n`])
  }
})

describe('the token', () => {
  it('is for its owner alone, and stays when the stage starts again', async () => {
    const before = token()
    const file = join(dataFolder, 'console-token')
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    await restart('')
    expect([token(), (await readFile(file, 'utf8')).trim()]).toEqual([before, before])

    await rm(file)
    await restart('')
    expect(token()).toMatch(/^[\w-]{24}$/)
    expect(token()).not.toBe(before)
  })

  it('is not whatever else stands in its file', async () => {
    await writeFile(join(dataFolder, 'console-token'), '')
    await expect(start()).rejects.toThrow('console-token holds no token: delete it')
  })
})

describe('while the console is being built', () => {
  it('a page says so, and looks again', async () => {
    await restart('setInterval(() => {}, 1000)')

    const { status, headers, text } = await ask('/groups/demo/pair')
    expect([status, headers['cache-control']]).toEqual([503, 'no-store'])
    expect(text).toContain('The console is being built…')
    expect(headers['content-security-policy']).toMatch(/script-src 'sha256-[\w+/=]+'/)
    expect((await ask('/assets/main-abc.js')).status).toBe(404)
    expect((await ask('/config.json')).status).toBe(200)
  })

  it('it can be stopped, which ends the build and is nobody’s error', async () => {
    const told = join(dataFolder, 'pid')
    const note = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(told)}, String(process.pid));`
    await restart(`${note} setInterval(() => {}, 1000)`)
    let pid = Number.NaN
    while (!(pid > 0)) pid = Number.parseInt(await readFile(told, 'utf8').catch(() => ''), 10)

    await served.close()

    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect([await served.built, errors]).toEqual([false, []])
    served = await start()
  })

  it('what comes of it is shown when it is done', async () => {
    const made = JSON.stringify(join(folder, 'index.html'))
    await restart(`import { writeFileSync } from 'node:fs'; writeFileSync(${made}, process.env.NODE_ENV)`)

    expect(await served.built).toBe(true)
    expect((await ask('/')).text).toBe('production')
  })
})

it('where the build fails, the page says why and what to do, and the stage says where', async () => {
  await restart("console.error('The console cannot be built: no <Button> & no rest'); process.exitCode = 1")

  expect(await served.built).toBe(false)
  const { status, text } = await ask('/')
  expect(status).toBe(500)
  expect(text).toContain('The console cannot be built: no &#60;Button&#62; &#38; no rest')
  expect(text).toContain('node apps/console/build.ts')
  expect(errors).toEqual([`the console: it could not be built, and its page says why: ${served.origin}`])
})

it('says which option gives it another port where its own is taken', async () => {
  const { port } = new URL(served.origin)
  await expect(start(Number(port))).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken: stop the program that holds it, or choose another port with --console-port.`,
  )
})
