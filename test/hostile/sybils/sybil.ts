/** One live sybil: a libp2p node that does all that a real one does on the wire, and lies in the DHT and on the member stream. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { gossipsub, TopicValidatorResult } from '@libp2p/gossipsub'
import type { GossipSub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p, PrivateKey, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { decodeRecord } from '../../../src/core/record/record.ts'
import { topicOf } from '../../../src/core/seal/topic.ts'
import { gossipOptions } from '../../../src/network/gossip/settings.ts'
import { PROTOCOLS } from '../../../src/network/protocols/index.ts'
import { ADD_PROVIDER, decodeKad, encodeKad, KAD_PROTOCOL, varint, varintBytes } from './kad-message.ts'
import type { KadPeer } from './kad-message.ts'
import { lieToMembers } from './member-lies.ts'
import type { Lie } from './member-lies.ts'

const GOSSIP = ['/meshsub/1.3.0', '/meshsub/1.2.0', '/meshsub/1.1.0']
/** Numbers of this host at which nobody answers. */
const NOBODY = '/ip4/127.66.6.6/tcp/'

export interface SybilInit {
  /** What it does with who meets it. */
  readonly lie: Lie
  /** The hashed name that it is to be found under, in hex. */
  readonly key: string
  /** PeerIds that are tried until one is near to the key. */
  readonly grind: number
  /** The genesis of the room that it says it is in, and of the honest one where that is another. */
  readonly genesis: Uint8Array
  /** Address from which it dials and at which it listens, and the port: any if not said. libp2p tells a public address only if it is made to. */
  readonly host: string
  readonly port?: number | undefined
}

export interface Known {
  readonly peerId: string
  readonly address: string
}

export class Sybil {
  readonly libp2p: Libp2p
  readonly #init: SybilInit
  readonly #multihash: Uint8Array
  /** All of them, and nodes that do not exist. */
  #others: KadPeer[] = []
  /** Questions of the DHT that it was asked. */
  asked = 0

  private constructor(libp2p: Libp2p, init: SybilInit) {
    this.libp2p = libp2p
    this.#init = init
    this.#multihash = multihashOf(init.key)
  }

  static async start(init: SybilInit): Promise<Sybil> {
    const listen = [`/ip4/${init.host}/tcp/${init.port ?? 0}`]
    const libp2p = await createLibp2p({
      privateKey: grindKey(multihashOf(init.key), init.grind),
      addresses: { listen, ...(init.port === undefined ? {} : { announce: listen }) },
      // The type leaves out what the socket takes.
      transports: [tcp({ dialOpts: { localAddress: init.host } as object })],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
      connectionManager: {
        maxConnections: 1000, inboundConnectionThreshold: 1000, maxIncomingPendingConnections: 1000, reconnectRetries: 0
      },
      services: { identify: identify(), ping: ping(), ...(init.lie === 'dropper' ? { pubsub: gossipsub(gossipOptions(1000, false)) } : {}) }
    })
    const sybil = new Sybil(libp2p, init)
    await libp2p.handle(KAD_PROTOCOL, (stream) => sybil.#answer(stream), { maxInboundStreams: 1000 })
    const { pubsub } = libp2p.services as { pubsub?: GossipSub }
    if (pubsub !== undefined) forwardNothing(pubsub, init.genesis)
    else for (const protocol of GOSSIP) await libp2p.handle(protocol, read, { maxInboundStreams: 1000 })
    if (init.lie !== 'mute') {
      await libp2p.handle(PROTOCOLS.member.id, (stream, connection) => lieToMembers(init, stream, connection, libp2p.peerId.toString()), {
        maxInboundStreams: 1000
      })
    }
    return sybil
  }

  get known(): Known {
    return { peerId: this.libp2p.peerId.toString(), address: this.libp2p.getMultiaddrs()[0]!.toString() }
  }

  conspire(all: readonly Known[]): void {
    const live = all.map(({ peerId, address }) => kadPeer(peerId, [address.replace(/\/p2p\/.*/u, '')]))
    const dead = Array.from({ length: 16 }, (_, i) => {
      const id = peerIdFromPrivateKey(makeKey()).toString()
      return kadPeer(id, Array.from({ length: 8 }, (_unused, j) => `${NOBODY}${20_000 + i * 8 + j}`))
    })
    this.#others = [...live, ...dead]
  }

  /** Becomes a node of the DHT, and one that is found under the key. */
  async enter(address: string): Promise<void> {
    const connection = await this.libp2p.dial(multiaddr(address)).catch(() => undefined)
    if (connection === undefined) {
      // One host opens only so many a second.
      await new Promise((resolve) => setTimeout(resolve, 200))
      return this.enter(address)
    }
    const stream = await connection.newStream(KAD_PROTOCOL)
    const own = kadPeer(this.libp2p.peerId.toString(), this.libp2p.getMultiaddrs().map((one) => one.toString().replace(/\/p2p\/.*/u, '')))
    send(stream, encodeKad({ type: ADD_PROVIDER, key: this.#multihash, providers: [own] }))
  }

  /** Takes up a connection of a node, and again when it is closed. */
  occupy(address: string): void {
    const again = (): void => void setTimeout(() => this.occupy(address), 1000 * Math.random()).unref()
    this.libp2p.dial(multiaddr(address), { signal: AbortSignal.timeout(5000) }).then((connection: Connection) => {
      connection.addEventListener('close', again)
      // A dropper has a stream already, by which it is in the room.
      if (this.#init.lie !== 'dropper') connection.newStream(PROTOCOLS.member.id).then(read, () => undefined)
    }, again)
  }

  #answer(stream: Stream): void {
    let waiting: Uint8Array = new Uint8Array()
    stream.addEventListener('message', ({ data }) => {
      waiting = Buffer.concat([waiting, data.subarray()])
      const [length, start] = varint(waiting, 0)
      if (waiting.length < start + length) return
      const { type, key } = decodeKad(waiting.subarray(start, start + length))
      waiting = waiting.slice(start + length)
      this.asked++
      if (type === ADD_PROVIDER) return
      const reply = (): void => send(stream, encodeKad({ type, key, closer: some(this.#others, 20), providers: some(this.#others, 32) }))
      if (this.#init.lie === 'never') return
      if (this.#init.lie === 'slow') setTimeout(reply, 3000).unref()
      else reply()
    })
  }
}

/** In the mesh of the room's topic, from which nothing comes out again. */
function forwardNothing(pubsub: GossipSub, genesis: Uint8Array): void {
  const room = decodeRecord(genesis)
  if (!room.ok) throw new Error(room.message)
  const topic = topicOf(room.value.id)
  pubsub.topicValidators.set(topic, () => TopicValidatorResult.Ignore)
  pubsub.subscribe(topic)
}

/** The PeerId nearest to the key, in the sense of Kademlia, of so many. */
function grindKey(key: Uint8Array, tries: number): PrivateKey {
  const target = createHash('sha256').update(key).digest()
  let best: { key: PrivateKey; distance: Buffer } | undefined
  for (let i = 0; i < tries; i++) {
    const candidate = makeKey()
    const id = createHash('sha256').update(peerIdFromPrivateKey(candidate).toMultihash().bytes).digest()
    const distance = Buffer.from(id.map((byte, at) => byte ^ target[at]!))
    if (best === undefined || Buffer.compare(distance, best.distance) < 0) best = { key: candidate, distance }
  }
  return best!.key
}

/** Of nobody. */
export function makePeerIds(count: number): string[] {
  return Array.from({ length: count }, () => peerIdFromPrivateKey(makeKey()).toString())
}

function makeKey(): PrivateKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  return privateKeyFromRaw(Buffer.concat([seed, publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]))
}

function multihashOf(key: string): Uint8Array {
  return Buffer.concat([Buffer.from([0x12, 32]), Buffer.from(key, 'hex')])
}

function kadPeer(peerId: string, addresses: readonly string[]): KadPeer {
  return { id: peerIdFromString(peerId).toMultihash().bytes, addresses: addresses.map((address) => multiaddr(address).bytes) }
}

function some<T>(list: readonly T[], count: number): T[] {
  const from = randomBytes(4).readUInt32BE() % Math.max(1, list.length)
  return [...list.slice(from), ...list.slice(0, from)].slice(0, count)
}

function send(stream: Stream, message: Uint8Array): void {
  if (stream.status === 'open') stream.send(Buffer.concat([Buffer.from(varintBytes(message.length)), message]))
}

function read(stream: Stream): void {
  stream.addEventListener('message', () => undefined)
}
