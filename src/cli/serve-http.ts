/** `/metrics` and `/healthz` of a server, on 127.0.0.1 alone: whoever is to see them from elsewhere puts a proxy with a password before it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerStats } from '../engine/api-server.ts'
import { metricsText } from '../server/stats.ts'
import { Failure } from './failure.ts'

const MAX_CONNECTIONS = 16
const TIMEOUT_MS = 5000

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** @param port 0 takes a free one. @throws Failure when it cannot be listened on. */
export async function serveHttp(port: number, stats: () => ServerStats): Promise<HttpServer> {
  const server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, keepAliveTimeout: 1000 }, (request, response) => {
    // A page in the operator's browser must not read them by a name that it made resolve to this machine.
    const host = request.headers.host?.replace(/:\d+$/u, '')
    const path = host === '127.0.0.1' || host === 'localhost' ? request.url : undefined
    if (request.method !== 'GET' || (path !== '/metrics' && path !== '/healthz')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
      return
    }
    const type = path === '/metrics' ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain'
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(path === '/metrics' ? metricsText(stats()) : 'ok\n')
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Failure(`--metrics-port ${port} cannot be listened on (${error.code ?? error.message}); choose another.`))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
}
