import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const ACCESS_KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * Whether a request is signed with ACCESS_KEY for `execute-api`: Signature Version 4 written down from AWS's
 * description of it, on purpose without the library that the client uses. Answers what is wrong, or null.
 */
export function wrongSignature(request: IncomingMessage, body: string): string | null {
  const { authorization = '' } = request.headers
  const [, key, date, region, signedHeaders = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=(.+?)\/(\d{8})\/(.+?)\/execute-api\/aws4_request, SignedHeaders=(.+?), Signature=(\w{64})$/.exec(
      authorization,
    ) ?? []
  if (!date || !region || key !== ACCESS_KEY.accessKeyId) return `not signed with the access key: "${authorization}"`
  const names = signedHeaders.split(';')
  for (const needed of ['host', 'x-amz-date']) if (!names.includes(needed)) return `${needed} is not signed`

  const [path = '', query = ''] = (request.url ?? '').split('?')
  const canonicalRequest = [
    request.method,
    path.split('/').map(encode).join('/'),
    query.split('&').sort().join('&'),
    ...names.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n')
  const scope = `${date}/${region}/execute-api/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonicalRequest)].join('\n')
  const dated = hmac(`AWS4${ACCESS_KEY.secretAccessKey}`, date)
  const signingKey = hmac(hmac(hmac(dated, region), 'execute-api'), 'aws4_request')
  return hmac(signingKey, toSign).toString('hex') === signature ? null : 'the signature is another'
}
