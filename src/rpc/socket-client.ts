/** A client of the node that another process runs, over its local socket. */
import { connect, type Socket } from 'node:net'
import { printableJson } from '../core/text/json.ts'
import { ApiError, INVALID_PARAMS, REFUSED } from '../engine/api.ts'
import type { Method, NodeClient, NodeEvent, Params, Result } from '../engine/api.ts'
import { nodeGone, type Report } from './dispatch.ts'
import { LineReader } from './line-reader.ts'
import { SHUTDOWN_NOTICE } from './protocol.ts'

/** The longest answer: a long history. It comes from our own node, so this is only against a runaway. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024
/** A node that is there answers at once. */
const READY_MS = 3000

export interface SocketClient extends NodeClient {
  /** Resolves when the conversation has ended, and says how. */
  readonly gone: Promise<Parting>
}

/** `closed` by this client; the node was told to end (`shutdown`); or it is simply gone (`lost`). */
export type Parting = 'closed' | 'shutdown' | 'lost'

interface Waiting {
  resolve(value: unknown): void
  reject(error: ApiError): void
}

/** Resolves once the socket is connected; rejects with the error of node:net when nobody listens there. */
export async function connectSocket(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.removeAllListeners('error')
  return socket
}

/** Resolves once the node has said that it is ready. */
export async function createSocketClient(path: string, report: Report): Promise<SocketClient> {
  const socket = await connectSocket(path)
  const session = new Session(socket, report)
  await session.ready
  return {
    gone: session.gone,
    call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
      return session.call(method, params) as Promise<Result<M>>
    },
    subscribe(listener) {
      session.listeners.add(listener)
      return () => session.listeners.delete(listener)
    },
    close: () => session.close()
  }
}

class Session {
  readonly ready: Promise<void>
  readonly gone: Promise<Parting>
  readonly listeners = new Set<(event: NodeEvent) => void>()

  private readonly socket: Socket
  private readonly report: Report
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 1
  private isReady: () => void = () => undefined
  private notReady: (error: ApiError) => void = () => undefined
  private parting: Parting = 'lost'
  private over = false

  constructor(socket: Socket, report: Report) {
    this.socket = socket
    this.report = report
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(), READY_MS)
      this.isReady = () => {
        clearTimeout(timer)
        resolve()
      }
      this.notReady = (error) => {
        clearTimeout(timer)
        reject(error)
      }
    })
    const reader = new LineReader({
      maxBytes: MAX_ANSWER_BYTES,
      onLine: (line) => {
        this.take(line ?? '')
      },
      onTooLong: () => socket.destroy()
    })
    socket.on('data', (chunk) => {
      reader.feed(chunk)
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
    this.gone = new Promise((resolve) => {
      socket.on('close', () => {
        this.end()
        resolve(this.parting)
      })
    })
  }

  call(method: Method, params: unknown): Promise<unknown> {
    if (this.over || this.parting === 'closed') return Promise.reject(nodeGone())
    const id = this.nextId++
    this.socket.write(printableJson({ jsonrpc: '2.0', id, method, params }) + '\n')
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
    })
  }

  async close(): Promise<void> {
    this.parting = 'closed'
    this.socket.end()
    const timer = setTimeout(() => this.socket.destroy(), READY_MS)
    await this.gone
    clearTimeout(timer)
  }

  private take(line: string): void {
    const value = JSON.parse(line) as Record<string, unknown>
    if (typeof value['id'] === 'number') this.settle(value['id'], value)
    else if (typeof value['method'] === 'string') this.tell(value as unknown as NodeEvent)
  }

  private settle(id: number, value: Record<string, unknown>): void {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    if (waiting === undefined) return
    if (value['error'] === undefined) waiting.resolve(value['result'])
    else waiting.reject(errorFrom(value['error']))
  }

  private tell(event: NodeEvent): void {
    if (event.method === 'ready') {
      this.isReady()
      return
    }
    if (event.method === 'notice' && event.params.code === SHUTDOWN_NOTICE.params.code) this.parting = 'shutdown'
    for (const listener of this.listeners) {
      try {
        listener(event)
      } catch (error) {
        this.report(`A listener failed at ${event.method}: ${String(error)}`)
      }
    }
  }

  private end(): void {
    this.over = true
    this.notReady(nodeGone())
    for (const waiting of this.waiting.values()) waiting.reject(nodeGone())
    this.waiting.clear()
  }
}

type FaultData = Partial<Record<'reason' | 'candidates' | 'retryAt', unknown>>

function errorFrom(value: unknown): ApiError {
  const { code, message, data } = value as { code?: unknown; message?: unknown; data?: FaultData }
  const number = typeof code === 'number' ? code : REFUSED
  const reason = typeof data?.reason === 'string' ? data.reason : number === INVALID_PARAMS ? 'wrong-arguments' : 'failed'
  const candidates = Array.isArray(data?.candidates) ? data.candidates.map(String) : undefined
  return new ApiError(number, reason, typeof message === 'string' ? message : 'The node refused.', {
    ...(candidates === undefined ? {} : { candidates }),
    ...(typeof data?.retryAt === 'number' ? { retryAt: data.retryAt } : {})
  })
}
