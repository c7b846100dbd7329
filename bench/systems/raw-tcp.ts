/** A socket and a length before each text: no identity, no encryption, no storage, no forwarding. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { System } from './system.ts'

/** Calls `listener` for every text in the stream of 4-byte lengths and UTF-8. */
function readTexts(socket: Socket, listener: (text: string) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= 4) {
      const end = at + 4 + rest.readUInt32BE(at)
      if (end > rest.length) break
      listener(rest.toString('utf8', at + 4, end))
      at = end
    }
    rest = rest.subarray(at)
  })
}

export function createRawTcp(): System {
  const sockets = new Set<Socket>()
  let listener = (_text: string): void => undefined
  const adopt = (socket: Socket): void => {
    sockets.add(socket.setNoDelay(true))
    readTexts(socket, (text) => listener(text))
    socket.on('error', () => sockets.delete(socket))
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer(adopt)

  return {
    async start() {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return String((server.address() as AddressInfo).port)
    },
    async connect(port) {
      const socket = connect(Number(port), '127.0.0.1')
      await once(socket, 'connect')
      adopt(socket)
    },
    async join() {
      // a socket is the room
    },
    async send(text) {
      const frame = Buffer.allocUnsafe(4 + Buffer.byteLength(text))
      frame.writeUInt32BE(frame.length - 4)
      frame.write(text, 4)
      const full = [...sockets].filter((socket) => !socket.write(frame))
      await Promise.all(full.map((socket) => once(socket, 'drain')))
    },
    onMessage(call) {
      listener = call
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}
