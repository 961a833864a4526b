import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Emulator, REGION, ROOT_KEY } from './emulator.ts'

/**
 * Calls of services of which the product needs no client, as the account's root. Each throws what the service says when
 * it refuses.
 */

async function post(emulator: Emulator, service: string, headers: Record<string, string>, body: string) {
  const { host, hostname } = new URL(emulator.endpoint)
  const signer = new SignatureV4({ service, region: REGION, credentials: ROOT_KEY, sha256: Sha256 })
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    path: '/',
    headers: { host, ...headers },
    body,
  })
  const { host: _, ...rest } = signed.headers
  const response = await fetch(emulator.endpoint, { method: 'POST', headers: rest, body })
  const text = await response.text()
  if (!response.ok) throw new Error(`${service}: ${response.status} ${text}`)
  return text
}

const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15' }

/** A call in AWS's query protocol; answers an element of the XML by its name. */
export async function query(
  emulator: Emulator,
  service: keyof typeof VERSIONS,
  action: string,
  parameters: Record<string, string>,
): Promise<(element: string) => string> {
  const form = new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const xml = await post(emulator, service, headers, form.toString())
  return (element) => {
    const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
    if (found === undefined) throw new Error(`${action} answered without ${element}: ${xml}`)
    return found
  }
}

/** How services with AWS's JSON protocol want to be called. */
const JSON_SERVICES = {
  sqs: { target: 'AmazonSQS', type: 'application/x-amz-json-1.0' },
  logs: { target: 'Logs_20140328', type: 'application/x-amz-json-1.1' },
}

/** A call in AWS's JSON protocol. */
export async function call<Answer>(
  emulator: Emulator,
  service: keyof typeof JSON_SERVICES,
  action: string,
  input: object,
): Promise<Answer> {
  const { target, type } = JSON_SERVICES[service]
  const headers = { 'content-type': type, 'x-amz-target': `${target}.${action}` }
  return JSON.parse((await post(emulator, service, headers, JSON.stringify(input))) || '{}')
}
