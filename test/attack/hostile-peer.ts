/** A libp2p peer that can write anything below its streams, from a host of its own. */
import type { Connection, Libp2p, MessageStream, Stream, StreamHandler } from '@libp2p/interface'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

export interface HostilePeer {
  readonly libp2p: Libp2p
  readonly connection: Connection
  /** What is under the muxer: what is sent here is encrypted, and framed by nobody. */
  readonly under: MessageStream
  /** A stream that an attack goes on with. */
  gossip?: Stream | undefined
}

export interface HostileInit {
  /** The address that it dials from: all of 127.0.0.0/8 is this machine. */
  readonly from?: string
  readonly handlers?: Readonly<Record<string, StreamHandler>>
  readonly identifies?: boolean
  readonly signal?: AbortSignal
}

const running = new Set<Libp2p>()

/** Connects to a node. */
export async function connectHostile(address: string, init: HostileInit = {}): Promise<HostilePeer> {
  const under: MessageStream[] = []
  const factory = yamux({ enableKeepAlive: false, maxOutboundStreams: 1e5, maxInboundStreams: 1e5 })()
  const create = factory.createStreamMuxer.bind(factory)
  factory.createStreamMuxer = (connection) => {
    under.push(connection)
    return ignoringPongs(create(connection))
  }
  const libp2p: Libp2p = await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp({ dialOpts: { localAddress: init.from ?? '127.0.0.1' } as object })],
    connectionEncrypters: [noise()],
    streamMuxers: [() => factory],
    connectionMonitor: { enabled: false },
    connectionManager: { reconnectRetries: 0 },
    ...(init.identifies === true ? { services: { identify: identify() } } : {})
  })
  running.add(libp2p)
  for (const [protocol, handler] of Object.entries(init.handlers ?? {})) await libp2p.handle(protocol, handler, { maxInboundStreams: 1000 })
  let connection: Connection
  try {
    connection = await libp2p.dial(multiaddr(address), init.signal === undefined ? {} : { signal: init.signal })
  } catch (error) {
    running.delete(libp2p)
    await libp2p.stop()
    throw error
  }
  return { libp2p, connection, under: under[0]! }
}

export async function stopHostile(peer?: HostilePeer): Promise<void> {
  const ending = peer === undefined ? [...running] : [peer.libp2p]
  for (const libp2p of ending) {
    running.delete(libp2p)
    libp2p.getConnections().forEach((connection) => connection.abort(new Error('over')))
  }
  await Promise.all(ending.map(async (libp2p) => libp2p.stop()))
}

/** Once it takes more again, is over, or a second has passed. libp2p's own `onDrain` waits only the first time. */
export async function drained(stream: MessageStream): Promise<void> {
  if (!stream.writableNeedsDrain) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 1000)
    for (const event of ['drain', 'close'] as const) {
      stream.addEventListener(event, () => {
        clearTimeout(timer)
        resolve()
      }, { once: true })
    }
  })
}

/** Answers to pings that the muxer did not send end nothing. */
function ignoringPongs<T extends object>(muxer: T): T {
  return Object.assign(muxer, { handlePingResponse: () => undefined })
}

/** The header of a yamux frame. */
export function header(type: number, flag: number, streamID: number, length: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes[1] = type
  bytes.writeUInt16BE(flag, 2)
  bytes.writeUInt32BE(streamID, 4)
  bytes.writeUInt32BE(length, 8)
  return bytes
}

/** Sends as fast as the node takes it. False once the connection is over. */
export async function push(peer: HostilePeer, bytes: Uint8Array): Promise<boolean> {
  const { under } = peer
  if (under.status !== 'open') return false
  try {
    if (!under.send(bytes)) await drained(under)
  } catch {
    // It does not read, or has ended the connection: the status tells.
  }
  await new Promise((resolve) => setImmediate(resolve))
  return peer.connection.status === 'open'
}

/** What an encrypted connection has: the keys, and the connection of the transport. */
interface Inside {
  readonly handshake: { encrypt(plain: Uint8Array): { subarray(): Uint8Array; readonly byteLength: number } }
  readonly stream: MessageStream
}

/** Sends so many messages of the encryption without content. False once the connection is over. */
export async function pushEmpty(peer: HostilePeer, count: number): Promise<boolean> {
  const { handshake, stream } = peer.under as unknown as Inside
  const messages = Array.from({ length: count }, () => {
    const sealed = handshake.encrypt(new Uint8Array(0))
    return Buffer.concat([Buffer.of(sealed.byteLength >> 8, sealed.byteLength & 255), sealed.subarray()])
  })
  try {
    if (!stream.send(Buffer.concat(messages))) await drained(stream)
  } catch {
    // The status tells.
  }
  await new Promise((resolve) => setImmediate(resolve))
  return peer.connection.status === 'open'
}
