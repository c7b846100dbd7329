/** The local socket of a node: other commands in the same home talk to it. Only the owner of the files may connect. */
import { chmod } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import type { NodeEvent } from '../engine/api.ts'
import { Connection } from './connection.ts'
import type { Report } from './dispatch.ts'
import type { RpcHost } from './methods/index.ts'

/** Terminals and scripts of one person; more is a script gone wild. */
const MAX_CLIENTS = 64

export interface SocketServer {
  /** How many clients are connected. */
  readonly clients: number
  /** Ends all conversations, with a last word if there is one, and removes the socket. */
  close(lastWord?: NodeEvent): Promise<void>
}

/**
 * @param path where the socket is made; must not exist.
 * @throws an Error of node:net when it cannot be made.
 */
export async function serveSocket(host: RpcHost, path: string, report: Report): Promise<SocketServer> {
  const connections = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (connections.size >= MAX_CLIENTS) {
      report(`More than ${MAX_CLIENTS} clients on the local socket; the newest was turned away.`)
      socket.destroy()
      return
    }
    const connection = new Connection(host, { input: socket, output: socket, report })
    connections.add(connection)
    void connection.ended.then((ending) => {
      connections.delete(connection)
      hangUp(socket, ending === 'broken')
    })
  })
  await listen(server, path)
  await chmod(path, 0o600)
  return {
    get clients() {
      return connections.size
    },
    async close(lastWord) {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      await Promise.all([...connections].map((connection) => connection.close(lastWord)))
      await closed
    }
  }
}

function hangUp(socket: Socket, atOnce: boolean): void {
  if (atOnce) {
    socket.destroy()
    return
  }
  // What the client still sends is thrown away: a socket closed with unread bytes in it would take our last lines along.
  socket.on('data', () => undefined)
  socket.resume()
  socket.end(() => {
    socket.destroySoon()
  })
}

async function listen(server: Server, path: string): Promise<void> {
  // The socket is bound inside listen(), so that it never exists with wider rights than these.
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
      process.umask(umask)
    })
  } finally {
    process.umask(umask)
  }
}
