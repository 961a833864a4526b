import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Asks the front of this host every 50 ms whom it serves; prints each answer as a line, on the host's monotonic clock. */
const ASK_EVERY_MS = 50
const ANSWER_LIMIT_MS = 500

const nowMs = () => Number(process.hrtime.bigint() / 1000n) / 1000
const [front = '', port = '0'] = process.argv.slice(2)

function greeting(): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port: Number(port) })
    let text = ''
    const done = () => {
      clearTimeout(limit)
      socket.destroy()
      resolve(text)
    }
    const limit = setTimeout(done, ANSWER_LIMIT_MS)
    socket.on('data', (data) => {
      text += data
      if (text.includes('\n')) done()
    })
    socket.on('error', done)
    socket.once('close', done)
  })
}

process.stdin.on('end', () => process.exit(0)).resume()
for (;;) {
  const askedMs = nowMs()
  const [, homes] = /^\S+ serves (.+)\n/.exec(await greeting()) ?? []
  console.log(JSON.stringify({ front, askedMs, answeredMs: nowMs(), serves: homes?.split(' ') ?? [] }))
  await pause(Math.max(0, ASK_EVERY_MS - (nowMs() - askedMs)))
}
