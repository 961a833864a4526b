import net from 'node:net'

/** Whether something accepts TCP connections on that port of this host within the time limit. */
export function answersOnPort(port: number, timeLimitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    const settle = (answers: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answers)
    }
    const timer = setTimeout(settle, timeLimitMs, false)
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}
