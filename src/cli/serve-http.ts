/** `/metrics` and `/healthz` of a server, on 127.0.0.1 alone: whoever is to see them from elsewhere puts a proxy with a password before it. */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { ServerStats } from '../engine/api-server.ts'
import { metricsText } from '../server/stats.ts'
import { Failure } from './failure.ts'
import type { Log } from './log.ts'
import { ProcessMetrics } from './process-metrics.ts'

/** The one opened first gives way to the next: whoever holds connections open keeps nobody out, as each request is answered at once. */
const MAX_CONNECTIONS = 64
const TIMEOUT_MS = 5000

interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** The figures of a server, on a port that may be another one later. */
export class Metrics {
  readonly #stats: () => ServerStats
  readonly #log: Pick<Log, 'info'>
  #asked: string | undefined
  #http: HttpServer | undefined

  constructor(stats: () => ServerStats, log: Pick<Log, 'info'>) {
    this.#stats = stats
    this.#log = log
  }

  /**
   * On this port from now on, or on none. `then` is called when it can be had, and before the one of before is given up.
   * @throws Failure when it cannot be listened on, and whatever `then` throws; then all stays as it was.
   */
  async use(port: string | undefined, then: () => void = () => undefined): Promise<void> {
    if (port === this.#asked) return then()
    const next = port === undefined ? undefined : await serveHttp(Number(port), this.#stats)
    try {
      then()
    } catch (error) {
      await next?.close()
      throw error
    }
    await this.#http?.close()
    this.#http = next
    this.#asked = port
    if (next !== undefined) this.#log.info(`Metrics are at http://127.0.0.1:${next.port}/metrics.`)
  }

  async close(): Promise<void> {
    await this.#http?.close()
  }
}

/** @param port 0 takes a free one. @throws Failure when it cannot be listened on. */
async function serveHttp(port: number, stats: () => ServerStats): Promise<HttpServer> {
  const own = new ProcessMetrics()
  const server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, keepAliveTimeout: 1000 }, (request, response) => {
    // A page in the operator's browser must not read them by a name that it made resolve to this machine.
    const host = request.headers.host?.replace(/:\d+$/u, '')
    const path = host === '127.0.0.1' || host === 'localhost' ? request.url : undefined
    if (request.method !== 'GET' || (path !== '/metrics' && path !== '/healthz')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
      return
    }
    const type = path === '/metrics' ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain'
    const text = path === '/metrics' ? metricsText(stats()) + own.text() : 'ok\n'
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
  })
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    for (const oldest of open) {
      if (open.size <= MAX_CONNECTIONS) break
      open.delete(oldest)
      oldest.destroy()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      own.close()
      reject(new Failure(`--metrics-port ${port} cannot be listened on (${error.code ?? error.message}); choose another.`))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => new Promise((resolve) => {
      own.close()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
}
