import net from 'node:net'
import { createInterface } from 'node:readline'

/**
 * The stage listens on loopback alone; this is its door to the network of its place. A number on a line says for how many
 * milliseconds everything that passes is held up from then on, each way.
 */
const [address = '', port = '0'] = process.argv.slice(2)
let delayMs = 0
createInterface(process.stdin)
  .on('line', (line) => {
    delayMs = Number(line)
  })
  .on('close', () => process.exit(0))

/** One after the other: what is held up longer holds up what comes after it. */
function pass(from: net.Socket, to: net.Socket): void {
  let before = Promise.resolve()
  from.on('data', (data) => {
    const dueMs = performance.now() + delayMs
    before = before.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()))
      if (!to.destroyed) to.write(data)
    })
  })
}

net
  .createServer((outside) => {
    const inside = net.connect({ host: '127.0.0.1', port: Number(port) })
    const end = () => {
      outside.destroy()
      inside.destroy()
    }
    for (const socket of [outside, inside]) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
    pass(outside, inside)
    pass(inside, outside)
  })
  .listen({ host: address, port: Number(port) }, () => console.log('open'))
