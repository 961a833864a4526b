import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { type LoopbackServer, listenOnLoopback, readBody } from './loopback-server.ts'

/** A message as the subscribers of an SNS topic get it. */
export type TopicMessage = { topicArn: string; subject: string; message: string; attributes: Record<string, string> }

export type TopicOptions = {
  onMessage: (message: TopicMessage) => Promise<void>
  onError: (error: unknown) => void
}

const bodyLimitBytes = 1024 * 1024
const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/'

/** Serves SNS's `Publish` (AWS's query protocol) on a free port of 127.0.0.1; the names of topics make no difference. */
export function startTopic({ onMessage, onError }: TopicOptions): Promise<LoopbackServer> {
  const answer = async (form: URLSearchParams): Promise<[status: number, body: string]> => {
    if (form.get('Action') !== 'Publish') return [400, errorXml('InvalidAction', 'The stage has Publish alone.')]
    if (!form.get('Message')) return [400, errorXml('InvalidParameter', 'Invalid parameter: Empty message')]
    await onMessage(messageOf(form))
    return [200, publishedXml()]
  }
  return listenOnLoopback(
    createServer(async (request, response) => {
      const body = await readBody(request, bodyLimitBytes)
      const [status, text] = await answer(new URLSearchParams(body.toString())).catch((error): [number, string] => {
        onError(error)
        return [500, errorXml('InternalError', String(error))]
      })
      response.writeHead(status, { 'content-type': 'text/xml' }).end(text)
    }),
  )
}

function messageOf(form: URLSearchParams): TopicMessage {
  const attributes: Record<string, string> = {}
  for (let entry = 1; ; entry++) {
    const prefix = `MessageAttributes.entry.${entry}`
    const name = form.get(`${prefix}.Name`)
    if (name === null) break
    attributes[name] = form.get(`${prefix}.Value.StringValue`) ?? ''
  }
  const text = (name: string) => form.get(name) ?? ''
  return { topicArn: text('TopicArn'), subject: text('Subject'), message: text('Message'), attributes }
}

const requestXml = () => `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`

const publishedXml = (): string =>
  `<PublishResponse xmlns="${namespace}"><PublishResult><MessageId>${randomUUID()}</MessageId></PublishResult>` +
  `${requestXml()}</PublishResponse>`

const errorXml = (code: string, message: string): string =>
  `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code>` +
  `<Message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message></Error></ErrorResponse>`
