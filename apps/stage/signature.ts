import { createHash, timingSafeEqual } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Identity } from './identities.ts'

/** A request as it came over the wire. Path and query are not decoded; the headers' names are in lower case. */
export type SignedRequest = {
  method: string
  rawPath: string
  rawQueryString: string
  headers: Record<string, string>
  body: Uint8Array
}

/** The answer to a request that proves nothing; the sentence is for the caller. API Gateway says it with status 403. */
export class SignatureRefused extends Error {}

type Authorization = {
  accessKeyId: string
  date: string
  region: string
  signedHeaders: string[]
  signature: string
}

const allowedSkewSeconds = 5 * 60

/**
 * Who signed the request with AWS Signature Version 4 for the service `execute-api`, in whatever region. Throws
 * SignatureRefused when nobody did: no signature, an unknown key, a clock more than five minutes off, or anything that
 * differs from what was signed.
 */
export async function verifySignature(
  request: SignedRequest,
  findIdentity: (accessKeyId: string) => Identity | undefined,
  nowMs: number = Date.now(),
): Promise<Identity> {
  const authorization = parseAuthorization(request.headers.authorization)
  const identity = findIdentity(authorization.accessKeyId)
  if (!identity) throw new SignatureRefused('The security token included in the request is invalid.')
  const signedAt = parseDate(request.headers['x-amz-date'], authorization)
  assertClockAgrees(signedAt, nowMs)
  const expected = await sign(request, authorization, identity, signedAt)
  if (!bodyIsAsSigned(request) || !equal(authorization.signature, expected)) {
    throw new SignatureRefused(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method.',
    )
  }
  return identity
}

const authorizationPattern =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/execute-api\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined) throw new SignatureRefused('Missing Authentication Token')
  const [matched, accessKeyId, date, region, signedHeaders, signature] = authorizationPattern.exec(header) ?? []
  if (!matched || !accessKeyId || !date || !region || !signedHeaders || !signature) {
    throw new SignatureRefused(
      'Authorization must be AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/execute-api/aws4_request, ' +
        'SignedHeaders=<names>, Signature=<hex>.',
    )
  }
  const names = signedHeaders.split(';')
  if (!names.includes('host'))
    throw new SignatureRefused("'Host' must be a 'SignedHeader' in the Authorization header.")
  return { accessKeyId, date, region, signedHeaders: names, signature }
}

function parseDate(header: string | undefined, { date, signedHeaders }: Authorization): Date {
  const [matched, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(header ?? '') ?? []
  const [year, month, day, hour, minute, second] = parts
  const signedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (!matched || Number.isNaN(signedAt.getTime()) || !signedHeaders.includes('x-amz-date')) {
    throw new SignatureRefused('X-Amz-Date must be there, signed, and of the form 20260131T235959Z.')
  }
  if (!matched.startsWith(date)) {
    throw new SignatureRefused(`The date in the credential's scope, ${date}, is not that of X-Amz-Date, ${matched}.`)
  }
  return signedAt
}

function assertClockAgrees(signedAt: Date, nowMs: number): void {
  const aheadSeconds = Math.round((signedAt.getTime() - nowMs) / 1000)
  if (Math.abs(aheadSeconds) <= allowedSkewSeconds) return
  const [complaint, direction] =
    aheadSeconds < 0 ? ['Signature expired', 'behind'] : ['Signature not yet current', 'ahead of']
  throw new SignatureRefused(
    `${complaint}: the caller's clock is ${Math.abs(aheadSeconds)} seconds ${direction} the server's; ` +
      `${allowedSkewSeconds} are allowed.`,
  )
}

/** Signs the request anew, over exactly the headers that its signature names. */
async function sign(
  { method, rawPath, rawQueryString, headers, body }: SignedRequest,
  { region, signedHeaders }: Authorization,
  { accessKeyId, secretAccessKey }: Identity,
  signingDate: Date,
): Promise<string | undefined> {
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  })
  const request = {
    method,
    protocol: 'http:',
    hostname: '',
    path: rawPath,
    query: parseQuery(rawQueryString),
    headers: Object.fromEntries(signedHeaders.map((name) => [name, present(headers, name)])),
    body,
  }
  const signed = await signer.sign(request, { signingDate, signableHeaders: new Set(signedHeaders) })
  return signed.headers.authorization?.slice(-64)
}

function present(headers: Record<string, string>, name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (value === undefined) throw new SignatureRefused(`The header ${name} was signed, but is not there.`)
  return value
}

function parseQuery(rawQueryString: string): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null)
  for (const pair of rawQueryString.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=').map(decode)
    query[name] = [...(query[name] ?? []), value.join('=')]
  }
  return query
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new SignatureRefused(`The query holds "${text}", which is not percent-encoded.`)
  }
}

/** A hash that the caller sends is what it signed instead of the body, so it must be the body's. */
function bodyIsAsSigned({ headers, body }: SignedRequest): boolean {
  const claimed = headers['x-amz-content-sha256']
  return claimed === undefined || claimed === createHash('sha256').update(body).digest('hex')
}

function equal(given: string, expected: string | undefined): boolean {
  return expected !== undefined && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
