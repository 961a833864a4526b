import dgram from 'node:dgram'
import net from 'node:net'
import { boottime } from '../../../apps/agent/boottime.ts'

/** What runs in a namespace of a test's: a server on a node, or a user. Says what happens, with the time on boottime. */

const [role = '', ...args] = process.argv.slice(2)
const TALK_EVERY_MS = 5
const KNOCK_EVERY_MS = 5
const PATIENCE_MS = 300
const say = (event: string, detail = '') => process.stdout.write(`${event} ${boottime()} ${detail}\n`)

/** Says what it hears and, unless it is mute, answers that; a chatty one goes on by itself. */
function serve(ports: string[], manner: 'polite' | 'chatty' | 'mute'): void {
  for (const port of ports) {
    const server = net.createServer((socket) => {
      say('accepted', port)
      socket.on('error', (error) => say('cut', `${port} ${error.message}`))
      socket.on('close', () => say('ended', port))
      if (manner === 'chatty') setInterval(() => socket.writable && socket.write('news\n'), TALK_EVERY_MS)
      socket.on('data', (text) => {
        say('heard', port)
        if (manner !== 'mute') socket.write(text)
      })
    })
    server.listen(Number(port), '0.0.0.0', () => process.stdout.write('listening\n'))
  }
}

/** Connects once. A talker says something all the time, a listener nothing after its first word. */
function visit(address: string, port: string, talks: boolean): void {
  const socket = net.connect({ host: address, port: Number(port) })
  socket.setNoDelay(true)
  socket.on('connect', () => {
    say('connected')
    socket.write('hello\n')
    if (talks) setInterval(() => socket.writable && socket.write('hello\n'), TALK_EVERY_MS)
  })
  socket.on('data', () => say('answered'))
  socket.on('error', (error: NodeJS.ErrnoException) =>
    say(error.code === 'ECONNREFUSED' ? 'refused' : 'cut', error.code),
  )
  socket.on('close', () => {
    say('ended')
    process.exit()
  })
}

function serveDatagrams(port: string): void {
  const socket = dgram.createSocket('udp4', (message, { port: from, address }) => socket.send(message, from, address))
  socket.bind(Number(port), () => process.stdout.write('listening\n'))
}

/** Sends datagrams all the time; says when one is answered, and when the host says that nobody is there. */
function sendDatagrams(address: string, port: string): void {
  const socket = dgram.createSocket('udp4', () => say('answered'))
  socket.on('error', (error: NodeJS.ErrnoException) => say('refused', error.code))
  socket.connect(Number(port), address, () => setInterval(() => socket.send('hello'), TALK_EVERY_MS))
}

/** Connects anew all the time. `in`: was answered; the time is that of the attempt's beginning. */
async function knock(address: string, port: string): Promise<void> {
  for (;;) {
    const startedMs = boottime()
    const outcome = await new Promise<string>((resolve) => {
      const socket = net.connect({ host: address, port: Number(port) })
      const end = (event: string) => {
        clearTimeout(timer)
        socket.destroy()
        resolve(event)
      }
      const timer = setTimeout(end, PATIENCE_MS, 'unanswered')
      socket.on('connect', () => socket.write('hello\n'))
      socket.on('data', () => end('in'))
      socket.on('error', () => end('refused'))
      socket.on('close', () => end('refused'))
    })
    process.stdout.write(`${outcome} ${startedMs}\n`)
    await new Promise((resolve) => setTimeout(resolve, KNOCK_EVERY_MS))
  }
}

const [first = '', second = ''] = args
if (role === 'server') serve(args, 'polite')
else if (role === 'chatty-server') serve(args, 'chatty')
else if (role === 'mute-server') serve(args, 'mute')
else if (role === 'datagram-server') serveDatagrams(first)
else if (role === 'send-datagrams') sendDatagrams(first, second)
else if (role === 'knock') await knock(first, second)
else visit(first, second, role === 'talk')
