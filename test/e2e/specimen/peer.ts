/** A node written from docs/SPEC.md, sections 9, 10 and 14: libp2p with the settings named there, and the member stream. */
import { gossipsub, StrictNoSign } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { until } from '../../cli/program.ts'
import { bytesOf, decode, encode, H, list, makeBinding, NAMES, newAuthor } from './format.ts'
import type { Author, Item } from './format.ts'

const PROTOCOL = '/p2pchat/member/1.0.0'

export const CODE = { hello: 0, rooms: 1, find: 2, found: 3, epochs: 4, reconcile: 5, want: 6, records: 7, held: 8, peers: 9 }
export const GRAPH = { message: 0, authority: 1 }
export type Message = readonly Item[]

async function createHost() {
  return await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: (message) => H(message.data),
        fallbackToFloodsub: false,
        allowPublishToZeroTopicPeers: true,
        floodPublish: true
      })
    }
  })
}

export class Specimen {
  readonly author: Author = newAuthor()
  readonly node: Awaited<ReturnType<typeof createHost>>
  /** What the other end said, in order. */
  readonly said: Message[] = []
  /** Frames of the topic. */
  readonly frames: Uint8Array[] = []
  #out: Stream | undefined
  #them = ''

  private constructor(node: Awaited<ReturnType<typeof createHost>>) {
    this.node = node
  }

  /** Connects, and says who it is. */
  static async meet(address: string, nick: string, addresses: readonly string[] = []): Promise<Specimen> {
    const peer = new Specimen(await createHost())
    await peer.#listen(peer.node)
    const connection = await peer.node.dial(multiaddr(address))
    peer.#them = connection.remotePeer.toString()
    peer.#out = await connection.newStream(PROTOCOL)
    peer.say(CODE.hello, makeBinding(peer.author, peer.peerId), nick, addresses.map((at) => `${at}/p2p/${peer.peerId}`), Date.now())
    return peer
  }

  get peerId(): string {
    return this.node.peerId.toString()
  }

  get them(): string {
    return this.#them
  }

  /** How we name a room to them, and how they name it to us. */
  proofs(room: Buffer): { ours: Buffer; theirs: Buffer } {
    return { ours: NAMES.proof(room, this.peerId, this.#them), theirs: NAMES.proof(room, this.#them, this.peerId) }
  }

  say(code: number, ...fields: Item[]): void {
    const message = encode([code, ...fields])
    const length: number[] = []
    let rest = message.length
    for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128)
    this.#out!.send(Buffer.concat([Buffer.of(...length, rest), message]))
  }

  async hears(code: number, what: string, fits: (message: Message) => boolean = () => true): Promise<Message> {
    const find = (): Message | undefined => this.said.find((message) => message[0] === code && fits(message))
    await until(() => find() !== undefined, `${what}; heard codes ${this.said.map(([said]) => said as number).join()}`)
    return find()!
  }

  async subscribe(topic: string): Promise<void> {
    const { pubsub } = this.node.services
    pubsub.addEventListener('message', (event) => this.frames.push(event.detail.data))
    pubsub.subscribe(topic)
    await until(() => pubsub.getSubscribers(topic).length > 0, 'somebody else in the topic')
  }

  async publish(topic: string, frame: Buffer): Promise<void> {
    const { recipients } = await this.node.services.pubsub.publish(topic, frame)
    if (recipients.length === 0) throw new Error('nobody was reached')
  }

  /** Each side writes on the stream that it opened, and reads the one that the other opened. */
  async #listen(node: Libp2p): Promise<void> {
    await node.handle(PROTOCOL, (stream) => {
      let waiting: Buffer = Buffer.alloc(0)
      stream.addEventListener('message', (event) => {
        waiting = Buffer.concat([waiting, event.data.subarray()])
        for (let whole = cut(waiting); whole !== undefined; whole = cut(waiting)) {
          waiting = whole.rest
          this.said.push(list(decode(whole.message)))
        }
      })
    })
  }
}

/** The first whole message: its length as an unsigned varint, then itself. */
function cut(bytes: Buffer): { message: Buffer; rest: Buffer } | undefined {
  let [length, at] = [0, 0]
  do {
    if (at >= bytes.length) return undefined
    length |= (bytes[at]! & 127) << (7 * at)
  } while (bytes[at++]! > 127)
  return bytes.length < at + length ? undefined : { message: bytes.subarray(at, at + length), rest: bytes.subarray(at + length) }
}

const VERSION = '61'
/** Up to infinity: time 0, no id. */
const ALL = '0000'
const [FINGERPRINT, IDS] = ['01', '02']

/** Section 10, Negentropy: one range over all, with the ids listed. There are fewer than 128, so their number is one byte. */
export function listIds(ids: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(VERSION + ALL + IDS, 'hex'), Buffer.of(ids.length), ...ids])
}

/** The ids of such a message, or undefined if it is anything else. */
export function readIds(message: Item | undefined): Buffer[] | undefined {
  const bytes = bytesOf(message)
  if (bytes.toString('hex', 0, 4) !== VERSION + ALL + IDS) return undefined
  return Array.from({ length: bytes[4]! }, (_, at) => bytes.subarray(5 + 32 * at, 37 + 32 * at))
}

/** One range over all, with its fingerprint. */
export function fingerprintOf(ids: readonly Buffer[]): Buffer {
  const littleEndian = (id: Buffer): bigint => BigInt(`0x${Buffer.from(id).reverse().toString('hex')}`)
  const sum = ids.reduce((total, id) => BigInt.asUintN(256, total + littleEndian(id)), 0n)
  const bytes = Buffer.from(sum.toString(16).padStart(64, '0'), 'hex').reverse()
  const fingerprint = H(Buffer.concat([bytes, Buffer.of(ids.length)])).subarray(0, 16)
  return Buffer.concat([Buffer.from(VERSION + ALL + FINGERPRINT, 'hex'), fingerprint])
}

/** Nothing differs, or nothing more. */
export const NOTHING = Buffer.from(VERSION, 'hex')

export const isOpening = (message: Item | undefined): boolean => [FINGERPRINT, IDS].some((mode) => bytesOf(message).toString('hex').startsWith(VERSION + ALL + mode))
