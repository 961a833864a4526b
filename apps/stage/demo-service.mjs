import net from 'node:net'
import { parseArgs } from 'node:util'

/**
 * Pretends to be one service of a demo node: a TCP server that says its name, so that there is something to kill. Plain
 * JavaScript, because five of them are started at once, and Node is quicker without types to strip.
 */

const { values } = parseArgs({
  options: { name: { type: 'string' }, node: { type: 'string' }, port: { type: 'string' } },
})
const { name, node } = values
const port = Number(values.port)
if (!name || !node || !(port > 0 && port < 65536)) {
  process.stderr.write('usage: demo-service.mjs --name NAME --node NODE --port PORT\n')
  process.exit(2)
}

process.title = `understudy: ${node} ${name}`
const connections = new Set()
const server = net.createServer((socket) => {
  connections.add(socket)
  socket.once('close', () => connections.delete(socket))
  socket.on('error', () => socket.destroy())
  socket.resume()
  socket.write(`${name} on ${node}\n`)
})
server.on('error', (error) => {
  process.stderr.write(`${name} on ${node}: ${error.message}\n`)
  process.exit(1)
})
server.listen({ port, host: '127.0.0.1' })

process.once('SIGTERM', () => {
  server.close()
  for (const socket of connections) socket.destroy()
})
