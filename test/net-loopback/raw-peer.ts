/** A libp2p node that does with the member protocol what a test tells it to, however wrong. */
import { noise } from '@libp2p/noise'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { RPC } from '@libp2p/gossipsub/message'
import { createLibp2p } from 'libp2p'
import type { Libp2p, Stream } from '@libp2p/interface'
import { PROTOCOLS } from '../../src/network/protocols/index.ts'
import { frameMessage } from '../../src/network/protocols/message-reader.ts'
import type { TestNode } from './nodes.ts'

const GOSSIP = '/meshsub/1.2.0'

export interface RawPeer {
  readonly libp2p: Libp2p
  readonly id: string
  /** The streams that the node under test opened, oldest first. */
  readonly inbound: Stream[]
  open(node: TestNode): Promise<Stream>
  /** Opens a gossip stream and subscribes to the topic. What the node writes on its own goes to `onGossip`. */
  gossip(node: TestNode, topic: string): Promise<Stream>
}

const running = new Set<Libp2p>()

/** `onStream` gets each stream that the node opens; by default they are read and thrown away. */
export async function startRawPeer(
  onStream: (stream: Stream) => void = read, speaks = true, onGossip: (stream: Stream) => void = read
): Promise<RawPeer> {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() }
  })
  running.add(libp2p)
  const inbound: Stream[] = []
  if (speaks) {
    await libp2p.handle(PROTOCOLS.member.id, (stream) => {
      inbound.push(stream)
      onStream(stream)
    })
  }
  await libp2p.handle(GOSSIP, (stream) => onGossip(stream))
  return {
    libp2p,
    id: libp2p.peerId.toString(),
    inbound,
    open: (node) => libp2p.dialProtocol(multiaddr(node.address()), PROTOCOLS.member.id),
    gossip: async (node, topic) => {
      const stream = await libp2p.dialProtocol(multiaddr(node.address()), GOSSIP)
      stream.send(encodeRpc({ subscriptions: [{ subscribe: true, topic }], messages: [] }))
      return stream
    }
  }
}

/** A gossipsub RPC with its length before it. */
export function encodeRpc(rpc: RPC): Uint8Array {
  return frameMessage(RPC.encode(rpc))
}

export async function stopRawPeers(): Promise<void> {
  const left = [...running]
  running.clear()
  await Promise.all(left.map(async (libp2p) => {
    await libp2p.stop()
  }))
}

function read(stream: Stream): void {
  stream.addEventListener('message', () => undefined)
}
