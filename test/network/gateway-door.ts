import net from 'node:net'

/** The stage listens on loopback alone; this is its door to the network of its place. */
const [address = '', port = '0'] = process.argv.slice(2)
process.stdin.on('end', () => process.exit(0)).resume()
net
  .createServer((outside) => {
    const inside = net.connect({ host: '127.0.0.1', port: Number(port) })
    outside.setNoDelay(true)
    inside.setNoDelay(true)
    outside.pipe(inside).pipe(outside)
    for (const socket of [outside, inside]) {
      socket.on('error', () => {
        outside.destroy()
        inside.destroy()
      })
    }
  })
  .listen({ host: address, port: Number(port) }, () => console.log('open'))
