import assert from 'node:assert/strict'
import type { Connection, Stream } from '@libp2p/interface'
import { FrameBudget } from '../../src/network/transport/frame-budget.ts'
import { BUDGETS, ProtocolBudgets } from '../../src/network/transport/protocol-budgets.ts'
import { yamuxMuxer, yamuxStream } from '../../src/network/transport/yamux-internals.ts'
import { connectHostile, drained, header, push, pushEmpty, stopHostile } from '../attack/hostile-peer.ts'
import type { HostilePeer } from '../attack/hostile-peer.ts'
import { pair, startNode, stopAll, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'
import { startRawPeer, stopRawPeers } from './raw-peer.ts'

const [DATA, WINDOW, PING, GOAWAY] = [0, 1, 2, 3]
const [NONE, SYN, FIN, RST] = [0, 1, 4, 8]
const MIB = 1024 * 1024
/** A stream of the attacker's. */
const KNOWN = 1001

function many(count: number, frames: (at: number) => readonly Buffer[]): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, at) => frames(at)).flat())
}

/** Sends until it is cut, which is after so many bytes at the most. */
async function cutWithin(peer: HostilePeer, next: (round: number) => Uint8Array, maxBytes: number): Promise<void> {
  let sent = 0
  for (let round = 0; sent < maxBytes; round++) {
    const bytes = next(round)
    sent += bytes.byteLength
    if (!await push(peer, bytes)) return
  }
  await until(() => peer.connection.status !== 'open', `the connection cut, after ${sent} bytes`)
}

describe('what goes under the streams of a connection', () => {
  let node: TestNode
  let peer: HostilePeer

  beforeEach(async () => {
    // Its pings would end some of these connections, in time.
    node = await startNode({ timing: { pingIntervalMs: 60_000 } })
    peer = await connectHostile(node.address())
    await until(() => node.network.libp2p!.getConnections().length === 1, 'the connection at the node')
  })

  afterEach(async () => {
    await Promise.all([stopHostile(), stopRawPeers()])
    await stopAll()
  })

  const open = header(WINDOW, SYN, KNOWN, 0)
  const full = Buffer.concat([header(DATA, NONE, KNOWN, 65536), Buffer.alloc(65536)])
  const large = (type: number, flag: number, length: number) => (round: number): Uint8Array =>
    round === 0 ? header(type, flag, KNOWN, length) : Buffer.alloc(65536)
  /** So many streams in each round, by the frames of each. */
  const streams = (frames: (id: number) => readonly Buffer[]) => (round: number): Uint8Array =>
    many(50, (at) => frames(KNOWN + 2 * (50 * round + at)))
  const attacks: Record<string, { next: (round: number) => Uint8Array; maxBytes: number; first?: Buffer }> = {
    'a frame of 4 GiB on a stream': { first: open, next: large(DATA, NONE, 0xffffffff), maxBytes: MIB },
    'a frame of 4 GiB that opens its stream': { next: large(DATA, SYN, 0xffffffff), maxBytes: MIB },
    'frames for no stream': { next: () => full, maxBytes: MIB },
    'data on a stream that it has reset': {
      first: open, next: (round) => (round === 0 ? header(WINDOW, RST, KNOWN, 0) : full), maxBytes: MIB
    },
    pings: { next: (round) => many(100, (at) => [header(PING, SYN, 0, round * 100 + at)]), maxBytes: MIB },
    'streams that are reset at once': { next: streams((id) => [header(WINDOW, SYN, id, 0), header(WINDOW, RST, id, 0)]), maxBytes: MIB },
    'streams without end': { next: streams((id) => [header(WINDOW, SYN, id, 0)]), maxBytes: MIB },
    'streams that are half closed': { next: streams((id) => [header(DATA, SYN | FIN, id, 0)]), maxBytes: MIB },
    'frames without data, for a stream and for none': {
      first: open, next: () => many(300, (at) => [header(at % 2, NONE, at % 3 === 0 ? 7777 : KNOWN, 0)]), maxBytes: MIB
    },
    'a byte in each frame': { first: open, next: () => many(300, () => [header(DATA, NONE, KNOWN, 1), Buffer.of(0x80)]), maxBytes: MIB },
    'windows that overflow': { first: open, next: () => many(3, () => [header(WINDOW, NONE, KNOWN, 0x7fffffff)]), maxBytes: MIB },
    'windows that grow by nothing': { first: open, next: () => many(300, () => [header(WINDOW, NONE, KNOWN, 0)]), maxBytes: MIB },
    'windows that grow by one': { first: open, next: () => many(300, () => [header(WINDOW, NONE, KNOWN, 1)]), maxBytes: MIB },
    'a stream of the other side': { next: () => header(WINDOW, SYN, 1000, 0), maxBytes: 1200 },
    'a goodbye, and no end': { next: () => Buffer.concat([header(GOAWAY, NONE, 0, 0), open]), maxBytes: 24 },
    'a goodbye for a fault': { next: () => header(GOAWAY, NONE, 0, 2), maxBytes: 12 },
    'a frame of no kind': { next: () => header(9, NONE, KNOWN, 0), maxBytes: 1200 },
    'a stream numbered 0': { next: () => header(WINDOW, SYN, 0, 0), maxBytes: 1200 }
  }

  for (const [what, { first, next, maxBytes }] of Object.entries(attacks)) {
    it(`ends the connection: ${what}`, async () => {
      if (first !== undefined) assert.ok(await push(peer, first))
      await cutWithin(peer, next, maxBytes)
      await until(() => node.network.libp2p!.getConnections().length === 0, 'the connection gone at the node')
      // The node goes on: somebody else is served at once.
      const other = await connectHostile(node.address())
      assert.equal(other.connection.status, 'open')
    })
  }

  it('ends the connection: messages of the encryption without content', async () => {
    for (let round = 0; round < 100 && await pushEmpty(peer, 100); round++);
    await until(() => peer.connection.status !== 'open', 'the connection cut')
  })

  it('ends the connection: proposals without end', async () => {
    const proposals = Buffer.concat([Buffer.from('\x13/multistream/1.0.0\n', 'latin1'), many(40, () => [Buffer.from('\x06/what\n', 'latin1')])])
    await cutWithin(peer, () => Buffer.concat([open, header(DATA, NONE, KNOWN, proposals.byteLength), proposals]), 1)
  })

  const handlers: Record<string, { protocol: string; bytes: Uint8Array }> = {
    'pings of libp2p, many at a time': { protocol: '/ipfs/ping/1.0.0', bytes: Buffer.alloc(4096) },
    'who the node is, again and again': { protocol: '/ipfs/id/1.0.0', bytes: Buffer.alloc(0) },
    'questions to the DHT': { protocol: '/p2pchat/kad/1.0.0', bytes: many(20_000, () => [Buffer.from([2, 8, 4])]) },
    'gossip streams': { protocol: '/meshsub/1.2.0', bytes: Buffer.alloc(0) }
  }

  for (const [what, { protocol, bytes }] of Object.entries(handlers)) {
    it(`ends the connection: ${what}`, async () => {
      await node.network.libp2p!.handle('/p2pchat/kad/1.0.0', (stream) => stream.addEventListener('message', () => undefined)).catch(() => undefined)
      for (let round = 0; round < 100 && peer.connection.status === 'open'; round++) {
        try {
          const stream = await peer.connection.newStream(protocol, { maxOutboundStreams: 1000 })
          if (bytes.byteLength > 0 && !stream.send(bytes)) await drained(stream)
          stream.abort(new Error('the next one'))
        } catch {
          // Cut, or too many streams of it: the status tells.
        }
      }
      await until(() => peer.connection.status !== 'open', 'the connection cut')
    })
  }

  it('ends no connection, but a stream on which much comes before it is agreed what', async () => {
    await push(peer, open)
    await push(peer, Buffer.concat([header(DATA, NONE, KNOWN, 60_000), Buffer.alloc(60_000, 0x80)]))
    const ofPeer = (): readonly Stream[] => node.network.libp2p!.getConnections()[0]!.streams.filter(({ id }) => id === String(KNOWN))
    await until(() => ofPeer().length === 0, 'the stream reset')
    assert.equal(peer.connection.status, 'open')
  })

  it('keeps at most 32 streams in negotiation, and refuses the others before they cost anything', async () => {
    await push(peer, many(60, (at) => [header(WINDOW, SYN, KNOWN + 2 * at, 0)]))
    const ofPeer = (): readonly Stream[] => node.network.libp2p!.getConnections()[0]!.streams.filter(({ direction }) => direction === 'inbound')
    await until(() => ofPeer().length >= 30, 'streams')
    assert.ok(ofPeer().length <= 32)
    assert.equal(peer.connection.status, 'open')
  })
})

describe('the guard on a connection', () => {
  afterEach(async () => {
    await stopRawPeers()
    await stopAll()
  })

  it('lets a peer be whose stream was reset while it was sending', async () => {
    const node = await startNode()
    const peer = await startRawPeer()
    await node.network.libp2p!.handle('/test/reset', (stream) => {
      stream.addEventListener('message', () => stream.abort(new Error('enough')), { once: true })
    })
    const connection = await peer.libp2p.dial((await multiaddrOf(node)))
    for (let round = 0; round < 20; round++) {
      const stream = await connection.newStream('/test/reset')
      try {
        for (let sent = 0; sent < 4; sent++) stream.send(new Uint8Array(65536))
      } catch {
        // It was reset already.
      }
      await until(() => stream.status !== 'open', 'the stream reset')
    }
    await answers(connection, node)
  })

  it('lets a peer have 60 streams, opened 20 at a time, send much on each, and reset them', async () => {
    const node = await startNode()
    const peer = await startRawPeer()
    let got = 0
    await node.network.libp2p!.handle('/test/bulk', (stream) => {
      stream.addEventListener('message', ({ data }) => void (got += data.byteLength))
    }, { maxInboundStreams: 64 })
    const connection = await peer.libp2p.dial(await multiaddrOf(node))
    await until(() => node.network.libp2p!.getConnections().length === 1, 'the connection at the node')
    const streams: Stream[] = []
    for (let round = 0; round < 3; round++) {
      streams.push(...await Promise.all(Array.from({ length: 20 }, async () => connection.newStream('/test/bulk', { maxOutboundStreams: 64 }))))
    }
    for (const stream of streams) stream.send(new Uint8Array(128 * 1024))
    await until(() => got === 60 * 128 * 1024, `all bytes, not ${got}`)
    for (const stream of streams) stream.abort(new Error('enough'))
    await answers(connection, node)
  })

  it('lets a peer that gives back its window after each frame read much', async () => {
    const node = await startNode()
    // It has the library's own muxer, which answers every frame of data.
    const peer = await startRawPeer()
    await node.network.libp2p!.handle('/test/read', async (stream) => {
      for (let sent = 0; sent < 16 * MIB; sent += 65536) {
        if (!stream.send(new Uint8Array(65536))) await drained(stream)
      }
    })
    const connection = await peer.libp2p.dial(await multiaddrOf(node))
    let got = 0
    const stream = await connection.newStream('/test/read')
    stream.addEventListener('message', ({ data }) => void (got += data.byteLength))
    await until(() => got === 16 * MIB, 'all bytes')
    await answers(connection, node)
  })

  it('lets two nodes send each other thousands of small messages at once', async () => {
    const [a, b] = await pair()
    for (let sent = 0; sent < 20_000; sent++) {
      while (!a.network.send(b.id, Buffer.from([1, 2, 3]))) await new Promise((resolve) => setImmediate(resolve))
      if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => b.told.messages.length === 20_000, 'all messages')
    assert.equal(a.network.libp2p!.getConnections().length, b.network.libp2p!.getConnections().length)
    assert.equal(b.told.disconnected.length, 0)
  })

  it('lets a node ask the only server of its DHT three questions about each of 256 rooms, in a second', () => {
    const [frames, protocols] = [new FrameBudget(0), new ProtocolBudgets()]
    for (let question = 0; question < 768; question++) {
      const nowMs = question * 1000 / 768
      frames.frame(0, nowMs)
      frames.opening(nowMs)
      frames.frame(44, nowMs)
      frames.agreed()
      protocols.opening('/p2pchat/kad/1.0.0', nowMs)
      frames.frame(80, nowMs)
      protocols.bytes('/p2pchat/kad/1.0.0', 80, nowMs)
      frames.frame(0, nowMs)
    }
  })

  it('has a budget for every protocol that a node or a server answers', async () => {
    const nodes = await Promise.all([startNode(), startNode({ serve: { isDenied: () => false } })])
    for (const node of nodes) {
      assert.deepEqual(node.network.libp2p!.getProtocols().filter((protocol) => !Object.hasOwn(BUDGETS, protocol)), [])
    }
  })

  it('finds in yamux what it relies on', () => {
    const methods = { _newStream: () => 1, sendFrame: () => 1, onData: () => 1, abort: () => 1 }
    for (const broken of [{}, methods, { ...methods, decoder: {} }]) assert.throws(() => yamuxMuxer(broken), /yamux has no/u)
    assert.throws(() => yamuxStream({}), /yamux has no/u)
  })
})

async function multiaddrOf(node: TestNode): Promise<Parameters<Awaited<ReturnType<typeof startRawPeer>>['libp2p']['dial']>[0]> {
  const { multiaddr } = await import('@multiformats/multiaddr')
  return multiaddr(node.address())
}

/** The connection lives, and carries something. */
async function answers(connection: Connection, node: TestNode): Promise<void> {
  const stream = await connection.newStream('/ipfs/ping/1.0.0')
  let got = 0
  stream.addEventListener('message', ({ data }) => void (got += data.byteLength))
  stream.send(new Uint8Array(32))
  await until(() => got === 32, 'an answer')
  assert.equal(node.network.libp2p!.getConnections().length, 1)
}
