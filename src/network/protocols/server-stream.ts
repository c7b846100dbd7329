/**
 * The server stream: whoever chose a server opens one stream to it, and both write on it. A second one of the same peer takes the place of the
 * first. While the peer is connected and wanted, a stream that broke is opened again.
 */
import type { Connection, Libp2p, PeerId, Stream, StreamMessageEvent } from '@libp2p/interface'
import { MAX_SERVER_BACKLOG_BYTES, MAX_SERVER_MESSAGE_BYTES, MAX_SERVER_REQUEST_BYTES } from '../../core/record/limits.ts'
import type { OpenConnection, Path, ServerStream, ServerStreamHandler } from '../../engine/ports.ts'
import { pathOf } from '../addresses.ts'
import { hostOf } from '../hosts.ts'
import type { NetworkTiming } from '../timing.ts'
import { PROTOCOLS } from './index.ts'
import { FramingError, MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'

const PROTOCOL = PROTOCOLS.server
/** The wait before a broken stream is opened anew, doubled up to the longest. */
const REOPEN_MS = 500
const MAX_REOPEN_MS = 60_000
const LASTED_MS = 10_000
/** What was written last is given this long to go out, and this long to be read. */
const CLOSE_MS = 1000
const READ_MS = 250

export interface ServerStreamEvents {
  /** Undefined: nobody here has use for it. */
  onStream(stream: ServerStream): ServerStreamHandler | undefined
  /** A peer that broke the framing, or does not read. */
  onViolation(peerId: string, why: string): void
}

class MessageStream implements ServerStream {
  readonly peerId: string
  readonly address: string
  readonly host: string
  readonly path: Path
  readonly asks: boolean
  readonly beganMs = Date.now()
  readonly #stream: Stream
  readonly #writer: MessageWriter
  readonly #onEnd: () => void
  #handler: ServerStreamHandler | undefined
  readonly #over = Promise.withResolvers<void>()
  #ended = false

  constructor(stream: Stream, connection: Connection, asks: boolean, onEnd: () => void) {
    this.peerId = connection.remotePeer.toString()
    this.address = connection.remoteAddr.toString()
    this.host = hostOf(connection.remoteAddr) ?? ''
    this.path = pathOf(connection.remoteAddr)
    this.asks = asks
    this.#stream = stream
    this.#onEnd = onEnd
    this.#writer = new MessageWriter(stream, () => undefined, MAX_SERVER_BACKLOG_BYTES)
  }

  /** From now on the handler is told. */
  begin(events: ServerStreamEvents): void {
    const stream = this.#stream
    const reader = new MessageReader(this.asks ? MAX_SERVER_MESSAGE_BYTES : MAX_SERVER_REQUEST_BYTES)
    this.#handler = events.onStream(this)
    stream.addEventListener('message', (event) => this.#read(reader, event.data, events))
    stream.addEventListener('close', () => this.end('the stream was closed'))
    stream.addEventListener('remoteCloseWrite', () => this.end('the other side ended it'))
    if (stream.status !== 'open' || stream.remoteWriteStatus === 'closed') this.end('the stream was closed')
    else if (stream.readStatus === 'paused') stream.resume()
  }

  send(message: Uint8Array): boolean {
    return !this.#ended && this.#writer.write(message)
  }

  async close(): Promise<void> {
    if (this.#ended) return
    await this.#writer.finish(AbortSignal.timeout(CLOSE_MS)).catch(() => undefined)
    // The other side ends it in turn when it has read everything.
    const late = setTimeout(() => this.end('we ended it'), READ_MS)
    await this.#over.promise
    clearTimeout(late)
  }

  stalled(forMs: number): boolean {
    return this.#writer.stalled(forMs)
  }

  end(why: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#writer.stop()
    this.#stream.abort(new Error(`over: ${why}`))
    this.#over.resolve()
    this.#onEnd()
    this.#handler?.onEnd(why)
  }

  #read(reader: MessageReader, data: StreamMessageEvent['data'], events: ServerStreamEvents): void {
    if (this.#isEnded()) return
    try {
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        for (const message of reader.read(piece)) {
          this.#handler?.onMessage(message)
          if (this.#isEnded()) return
        }
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error
      events.onViolation(this.peerId, error.message)
      this.end(error.message)
    }
  }

  #isEnded(): boolean {
    return this.#ended
  }
}

/** A peer that speaks the protocol and is wanted as server. */
interface Wanted {
  stream: MessageStream | undefined
  opening: boolean
  failures: number
  timer: NodeJS.Timeout | undefined
}

export class ServerStreams {
  #libp2p: Libp2p | undefined
  readonly #events: ServerStreamEvents
  readonly #timing: NetworkTiming
  readonly #stop = new AbortController()
  /** Connected peers that said they speak the protocol. */
  readonly #speakers = new Map<string, PeerId>()
  readonly #wanted = new Map<string, Wanted>()
  /** Streams that others opened, by PeerId. */
  readonly #served = new Map<string, MessageStream>()
  #watch: NodeJS.Timeout | undefined

  constructor(events: ServerStreamEvents, timing: NetworkTiming) {
    this.#events = events
    this.#timing = timing
  }

  /** Before libp2p starts. */
  async register(libp2p: Libp2p, serves: boolean): Promise<void> {
    this.#libp2p = libp2p
    if (serves) await libp2p.handle(PROTOCOL.id, (stream, connection) => this.#onInbound(stream, connection), PROTOCOL.options)
    await libp2p.register(PROTOCOL.id, {
      notifyOnLimitedConnection: true,
      onConnect: (peerId) => {
        this.#speakers.set(peerId.toString(), peerId)
        this.#open(peerId.toString())
      }
    })
    libp2p.addEventListener('peer:disconnect', (event) => {
      const id = event.detail.toString()
      this.#speakers.delete(id)
      this.#wanted.get(id)?.stream?.end('the connection is gone')
      this.#served.get(id)?.end('the connection is gone')
    })
    this.#watch = setInterval(() => this.#findStalled(), Math.min(1000, this.#timing.stalledMs / 2))
    this.#watch.unref()
  }

  isWanted(peerId: string): boolean {
    return this.#wanted.has(peerId)
  }

  isServed(peerId: string): boolean {
    return this.#served.has(peerId)
  }

  /** The peers that are wanted as servers; replaces the earlier set. */
  use(peerIds: readonly string[]): void {
    const wanted = new Set(peerIds)
    for (const [id, entry] of this.#wanted) {
      if (wanted.has(id)) continue
      this.#wanted.delete(id)
      clearTimeout(entry.timer)
      void entry.stream?.close()
    }
    for (const id of wanted) {
      if (this.#wanted.has(id)) continue
      this.#wanted.set(id, { stream: undefined, opening: false, failures: 0, timer: undefined })
      this.#open(id)
    }
  }

  /** Whether a connected peer runs a server. */
  has(peerId: string): boolean {
    return this.#speakers.has(peerId)
  }

  /** Of every peer, also those that open no stream. */
  connections(): OpenConnection[] {
    const connections = this.#libp2p?.getConnections() ?? []
    return connections.map(({ remotePeer, timeline }) => ({ peerId: remotePeer.toString(), sinceMs: timeline.open }))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    clearInterval(this.#watch)
    for (const entry of this.#wanted.values()) clearTimeout(entry.timer)
    await Promise.all(this.#streams().map((stream) => stream.close()))
  }

  #onInbound(stream: Stream, connection: Connection): void {
    if (this.#stop.signal.aborted) {
      stream.abort(new Error('stopping'))
      return
    }
    const id = connection.remotePeer.toString()
    this.#served.get(id)?.end('the peer opened another stream')
    const served = new MessageStream(stream, connection, false, () => {
      if (this.#served.get(id) === served) this.#served.delete(id)
    })
    this.#served.set(id, served)
    served.begin(this.#events)
  }

  #open(id: string): void {
    const entry = this.#wanted.get(id)
    const peerId = this.#speakers.get(id)
    if (entry === undefined || peerId === undefined || this.#stop.signal.aborted) return
    if (entry.opening || entry.stream !== undefined) return
    clearTimeout(entry.timer)
    const connection = this.#libp2p?.getConnections(peerId).find((one) => one.status === 'open')
    if (connection === undefined) return
    entry.opening = true
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#timing.negotiateTimeoutMs)])
    connection.newStream(PROTOCOL.id, { signal, ...PROTOCOL.options }).then(
      (stream) => {
        entry.opening = false
        if (this.#wanted.get(id) === entry && !this.#stop.signal.aborted) this.#begin(id, entry, stream, connection)
        else stream.abort(new Error('not wanted any more'))
      },
      () => {
        entry.opening = false
        this.#reopen(id, entry)
      }
    )
  }

  #begin(id: string, entry: Wanted, stream: Stream, connection: Connection): void {
    const opened = new MessageStream(stream, connection, true, () => {
      entry.stream = undefined
      if (Date.now() - opened.beganMs > LASTED_MS) entry.failures = 0
      this.#reopen(id, entry)
    })
    entry.stream = opened
    opened.begin(this.#events)
  }

  #reopen(id: string, entry: Wanted): void {
    if (this.#stop.signal.aborted || this.#wanted.get(id) !== entry || !this.#speakers.has(id)) return
    const waitMs = Math.min(MAX_REOPEN_MS, REOPEN_MS * 2 ** entry.failures) * (0.5 + Math.random())
    entry.failures += 1
    clearTimeout(entry.timer)
    entry.timer = setTimeout(() => this.#open(id), waitMs)
    entry.timer.unref()
  }

  #streams(): MessageStream[] {
    const asked = [...this.#wanted.values()].flatMap(({ stream }) => (stream === undefined ? [] : [stream]))
    return [...asked, ...this.#served.values()]
  }

  #findStalled(): void {
    for (const stream of this.#streams()) {
      if (stream.stalled(this.#timing.stalledMs)) this.#events.onViolation(stream.peerId, 'it does not read what it is sent')
    }
  }
}
