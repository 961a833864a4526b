import { createInterface } from 'node:readline'
import { client, xml } from '@xmpp/client'

/** A user with a real XMPP client: an order a line comes in, what the user sees goes out, a line each. */
const [domain = '', username = '', password = ''] = process.argv.slice(2)
let session: ReturnType<typeof client> | undefined
const see = (what: object) => console.log(JSON.stringify(what))

async function logIn(address: string): Promise<void> {
  await session?.stop().catch(() => undefined)
  const service = `xmpp://${address}:5222`
  session = client({ service, domain, username, password, resource: 'test' })
  // Where to log in, and when, is said by the test.
  session.reconnect.stop()
  session.on('error', (error) => see({ seen: 'error', text: String(error) }))
  session.on('disconnect', () => see({ seen: 'cut' }))
  session.on('stanza', (stanza) => {
    const text = stanza.is('message') ? stanza.getChildText('body') : null
    if (text) see({ seen: 'message', from: stanza.attrs.from, text })
  })
  try {
    await session.start()
    await session.send(xml('presence'))
    see({ seen: 'online', at: address })
  } catch (error) {
    see({ seen: 'refused', at: address, text: String(error) })
  }
}

for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line)
  if (order.logIn) void logIn(order.logIn)
  if (order.send) {
    const message = xml('message', { to: `${order.send.to}@${domain}`, type: 'chat' }, xml('body', {}, order.send.text))
    void session?.send(message)
  }
}
process.exit(0)
