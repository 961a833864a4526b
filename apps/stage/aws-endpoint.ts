import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as z from 'zod'
import { BodyTooLarge, type LoopbackServer, listenOnLoopback, readBody } from './loopback-server.ts'

/** An error that the SDK's client raises as the exception of that name. */
export class AwsError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Answers one operation of a service; throws AwsError. */
export type AwsOperation = (input: unknown) => object
export type AwsService = Record<string, AwsOperation>

/** An operation whose input is checked first, as every service does: ValidationException. */
export function operation<Input>(schema: z.ZodType<Input>, answer: (input: Input) => object): AwsOperation {
  return (input) => {
    const parsed = schema.safeParse(input)
    if (!parsed.success) throw new AwsError('ValidationException', z.prettifyError(parsed.error))
    return answer(parsed.data)
  }
}

export type AwsEndpointOptions = {
  /** By the first half of X-Amz-Target, such as `AWSEvents`. */
  services: Record<string, AwsService>
  onError: (error: unknown, target: string) => void
}

const bodyLimitBytes = 4 * 1024 * 1024

/**
 * Serves the AWS JSON protocols 1.0 and 1.1 on a free port of 127.0.0.1: `X-Amz-Target: <service>.<operation>`.
 * Signatures are not looked at, as only the stage's own process knows the port.
 */
export function startAwsEndpoint(options: AwsEndpointOptions): Promise<LoopbackServer> {
  return listenOnLoopback(createServer((request, response) => void serve(request, response, options)))
}

async function serve(request: IncomingMessage, response: ServerResponse, options: AwsEndpointOptions): Promise<void> {
  const target = String(request.headers['x-amz-target'] ?? '')
  try {
    const body = await readBody(request, bodyLimitBytes)
    send(response, request, 200, perform(target, body.toString(), options.services))
  } catch (error) {
    if (error instanceof AwsError) return sendError(response, request, 400, error.code, error.message)
    if (error instanceof BodyTooLarge) {
      return sendError(response, request, 413, 'RequestEntityTooLargeException', error.message)
    }
    if (request.destroyed && !request.complete) return
    options.onError(error, target)
    sendError(response, request, 500, 'InternalFailure', String(error))
  }
}

function perform(target: string, body: string, services: Record<string, AwsService>): object {
  const [service = '', name = ''] = target.split('.')
  const answer = services[service]?.[name]
  if (!answer) throw new AwsError('UnknownOperationException', `The stage has no operation "${target}".`)
  return answer(parse(body))
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.')
  }
}

function sendError(
  response: ServerResponse,
  request: IncomingMessage,
  status: number,
  code: string,
  message: string,
): void {
  send(response, request, status, { __type: code, message })
}

function send(response: ServerResponse, request: IncomingMessage, status: number, answer: object): void {
  const body = JSON.stringify(answer)
  response.writeHead(status, {
    'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
  })
  response.end(body)
}
