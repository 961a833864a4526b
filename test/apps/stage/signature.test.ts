import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Identity } from '../../../apps/stage/identities.ts'
import { type SignedRequest, verifySignature } from '../../../apps/stage/signature.ts'

const operator: Identity = {
  name: 'operator',
  accessKeyId: 'AKIAOPERATOR00000000',
  secretAccessKey: 'the operator’s secret',
  userArn: 'arn:aws:iam::000000000000:user/operator',
  role: 'operator',
}
const nowMs = Date.UTC(2026, 0, 31, 12)
const find = (accessKeyId: string) => (accessKeyId === operator.accessKeyId ? operator : undefined)
const verify = (request: SignedRequest, atMs = nowMs) => verifySignature(request, find, atMs)

type Signing = { region?: string; service?: string; secretAccessKey?: string; signedAtMs?: number; body?: string }

/** A request as the SDK's signer makes it. */
async function signed(signing: Signing = {}): Promise<SignedRequest> {
  const { region = 'eu-central-1', service = 'execute-api', signedAtMs = nowMs, body = '{"a":1}' } = signing
  const { accessKeyId, secretAccessKey = operator.secretAccessKey } = { ...operator, ...signing }
  const signer = new SignatureV4({ service, region, sha256: Sha256, credentials: { accessKeyId, secretAccessKey } })
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: '/clusters/c%20d/nodes/%C3%A9',
      query: { since: '2026-01-01T00:00:00+01:00', b: '', a: ['2', '1'] },
      headers: { host: '127.0.0.1:7780', 'content-type': 'application/json', 'x-note': '  two   spaces ' },
      body,
    },
    { signingDate: new Date(signedAtMs) },
  )
  return {
    method: 'POST',
    rawPath: '/clusters/c%20d/nodes/%C3%A9',
    rawQueryString: 'b=&a=2&since=2026-01-01T00%3A00%3A00%2B01%3A00&a=1',
    headers: { ...headers, connection: 'keep-alive', 'content-length': String(body.length) },
    body: Buffer.from(body),
  }
}

const mismatch = 'The request signature we calculated does not match'

describe('a signature', () => {
  it('proves who sent the request, whatever the region', async () => {
    expect(await verify(await signed())).toBe(operator)
    expect(await verify(await signed({ region: 'us-gov-west-1' }))).toBe(operator)
  })

  it('proves it without a hash of the body in the headers too', async () => {
    const signer = new SignatureV4({
      service: 'execute-api',
      region: 'us-east-1',
      sha256: Sha256,
      credentials: operator,
      applyChecksum: false,
    })
    const request = { method: 'GET', protocol: 'http:', hostname: '127.0.0.1', path: '/', headers: { host: 'here' } }
    const { headers } = await signer.sign(request, { signingDate: new Date(nowMs) })

    const received = { method: 'GET', rawPath: '/', rawQueryString: '', headers, body: Buffer.alloc(0) }
    expect(await verify(received)).toBe(operator)
    await expect(verify({ ...received, body: Buffer.from('smuggled') })).rejects.toThrow(mismatch)
  })

  it('proves it too for a client that signs headers which the SDK leaves out', async () => {
    const signer = new SignatureV4({
      service: 'execute-api',
      region: 'us-east-1',
      sha256: Sha256,
      credentials: operator,
    })
    const { headers } = await signer.sign(
      { method: 'GET', protocol: 'http:', hostname: '', path: '/', headers: { host: 'here', 'user-agent': 'a test' } },
      { signingDate: new Date(nowMs), signableHeaders: new Set(['user-agent']) },
    )
    expect(headers.authorization).toContain('user-agent')

    const received = { method: 'GET', rawPath: '/', rawQueryString: '', headers, body: Buffer.alloc(0) }
    expect(await verify(received)).toBe(operator)
  })

  it('covers a security token, where there is one', async () => {
    const request = await signed()
    const signer = new SignatureV4({
      service: 'execute-api',
      region: 'us-east-1',
      sha256: Sha256,
      credentials: { ...operator, sessionToken: 'a session' },
    })
    const { headers } = await signer.sign(
      { method: 'POST', protocol: 'http:', hostname: '', path: request.rawPath, headers: { host: 'here' }, body: 'x' },
      { signingDate: new Date(nowMs) },
    )

    const received = { ...request, rawQueryString: '', headers, body: Buffer.from('x') }
    expect(await verify(received)).toBe(operator)
    const changed = { ...received, headers: { ...headers, 'x-amz-security-token': 'another session' } }
    await expect(verify(changed)).rejects.toThrow(mismatch)
  })

  it.each<[string, (request: SignedRequest) => Partial<SignedRequest>]>([
    ['the method', () => ({ method: 'PUT' })],
    ['the path', () => ({ rawPath: '/clusters/c%20d/nodes/e' })],
    ['the query', () => ({ rawQueryString: 'b=&a=2&since=2026-01-01T00%3A00%3A00%2B01%3A00' })],
    ['the body', () => ({ body: Buffer.from('{"a":2}') })],
    ['a signed header', ({ headers }) => ({ headers: { ...headers, 'x-note': 'three spaces' } })],
    ['the host', ({ headers }) => ({ headers: { ...headers, host: 'another:7780' } })],
    ['the date', ({ headers }) => ({ headers: { ...headers, 'x-amz-date': '20260131T120001Z' } })],
    [
      'the body together with its hash',
      ({ headers }) => ({
        headers: {
          ...headers,
          'x-amz-content-sha256': '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
        },
        body: Buffer.from('x'),
      }),
    ],
  ])('does not stand when %s was changed', async (_, change) => {
    const request = await signed()

    await expect(verify({ ...request, ...change(request) })).rejects.toThrow(mismatch)
  })

  it('does not stand with another secret', async () => {
    await expect(verify(await signed({ secretAccessKey: 'guessed' }))).rejects.toThrow(mismatch)
  })

  it('allows clocks that differ by five minutes, and says by how much they differ beyond', async () => {
    const request = await signed()

    expect(await verify(request, nowMs + 300_000)).toBe(operator)
    expect(await verify(request, nowMs - 300_000)).toBe(operator)
    await expect(verify(request, nowMs + 412_000)).rejects.toThrow(
      "the caller's clock is 412 seconds behind the server's",
    )
    await expect(verify(request, nowMs - 301_000)).rejects.toThrow(
      "the caller's clock is 301 seconds ahead of the server's",
    )
  })

  it('is refused with what is wrong when it cannot be checked at all', async () => {
    const request = await signed()
    const withHeaders = (headers: Record<string, string>) => verify({ ...request, headers })
    const { authorization = '', ...unsigned } = request.headers
    const authorized = (change: (text: string) => string) =>
      withHeaders({ ...unsigned, authorization: change(authorization) })

    await expect(withHeaders(unsigned)).rejects.toThrow('Missing Authentication Token')
    await expect(authorized(() => 'Bearer x')).rejects.toThrow('Authorization must be AWS4-HMAC-SHA256')
    await expect(authorized((text) => text.replace('AKIAOPERATOR', 'AKIASTRANGER'))).rejects.toThrow(
      'The security token included in the request is invalid.',
    )
    await expect(authorized((text) => text.replace('host;', ''))).rejects.toThrow("'Host' must be a 'SignedHeader'")
    await expect(authorized((text) => text.replace('20260131', '20260130'))).rejects.toThrow('20260130, is not that of')
    await expect(authorized((text) => text.replace('x-note', 'x-gone'))).rejects.toThrow('x-gone was signed, but')
    await expect(withHeaders({ ...request.headers, 'x-amz-date': 'today' })).rejects.toThrow('X-Amz-Date must be there')
    await expect(verify({ ...request, rawQueryString: '%zz' })).rejects.toThrow('not percent-encoded')
    await expect(verify(await signed({ service: 's3' }))).rejects.toThrow('Authorization must be')
  })
})
