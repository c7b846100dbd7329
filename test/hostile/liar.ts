/**
 * A node that speaks the protocol by hand: it has an identity and valid keys, is connected to everybody, and does exactly what a test makes it do and
 * nothing else. What honest nodes tell it is remembered.
 */
import { createSigner } from '../../src/core/record/keys.ts'
import type { Signer } from '../../src/core/record/keys.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { genesisPayload, linePayload, presencePayload } from '../../src/core/record/payloads.ts'
import { createRecord } from '../../src/core/record/record.ts'
import type { RecordFields, SignedRecord } from '../../src/core/record/record.ts'
import { decodeMemberMessage, encodeMemberMessage } from '../../src/core/room/member-protocol.ts'
import type { MemberMessage } from '../../src/core/room/member-protocol.ts'
import { makeBinding } from '../../src/core/seal/binding.ts'
import { currentEpoch, readEpoch } from '../../src/core/seal/epoch.ts'
import type { Epoch } from '../../src/core/seal/epoch.ts'
import { frameKey, sealFrame } from '../../src/core/seal/frame.ts'
import { roomProof, topicOf } from '../../src/core/seal/topic.ts'
import type { Network } from '../../src/engine/ports.ts'
import type { World } from '../sim/world.ts'

export interface Heard {
  readonly from: string
  readonly message: MemberMessage
}

export class Liar {
  readonly name: string
  readonly signer: Signer
  readonly heard: Heard[] = []
  readonly connected = new Set<string>()
  readonly epochs = new Map<string, Epoch>()
  /** Said by itself to everybody who connects. */
  greet: (peerId: string) => void = () => undefined
  /** Called with each message that an honest node sends. */
  answer: (from: string, message: MemberMessage) => void = () => undefined
  readonly #world: World
  readonly #network: Network

  constructor(world: World, name: string, signer = createSigner(world.random.bytes(32))) {
    this.#world = world
    this.name = name
    this.signer = signer
    this.#network = world.ether.network(name, () => true)
  }

  async start(): Promise<this> {
    await this.#network.start({
      onConnected: ({ peerId }) => {
        this.connected.add(peerId)
        this.greet(peerId)
      },
      onDisconnected: (peerId) => void this.connected.delete(peerId),
      onMessage: (from, bytes) => this.#hear(from, bytes),
      onFrame: () => 'ignore',
      onTopicPeer: () => undefined,
      onNotice: () => undefined
    })
    return this
  }

  /** From the next connection on, and now: says who it is, and that it is in these rooms. */
  beMember(...rooms: string[]): void {
    this.greet = (peerId) => {
      this.hello(peerId)
      this.claim(peerId, ...rooms)
    }
    for (const peerId of this.connected) this.greet(peerId)
    for (const room of rooms) this.#network.subscribe(topicOf(room))
  }

  hello(to: string, nick = this.name): void {
    const binding = makeBinding(this.signer, { peerId: this.name, device: '', prekey: this.signer.publicKey, timeMs: 1 })
    this.say(to, { type: 'hello', binding: binding.bytes, nick, addresses: [], nowMs: this.#world.timeline.nowMs })
  }

  claim(to: string, ...rooms: string[]): void {
    this.say(to, { type: 'rooms', proofs: rooms.map((room) => this.proof(room, to)) })
  }

  proof(room: string, to: string): string {
    return roomProof(room, this.name, to)
  }

  say(to: string, message: MemberMessage): boolean {
    return this.raw(to, encodeMemberMessage(message))
  }

  raw(to: string, bytes: Uint8Array): boolean {
    return this.#network.send(to, bytes)
  }

  records(to: string, room: string, records: readonly (SignedRecord | Uint8Array)[], left = 0): boolean {
    const bytes = records.map((record) => (record instanceof Uint8Array ? record : record.bytes))
    return this.say(to, { type: 'records', room: this.proof(room, to), records: bytes, left })
  }

  /** Seals and gossips, under the key that an honest member would use now. */
  gossip(room: string, record: SignedRecord | Uint8Array, epoch = currentEpoch(this.epochs.values(), Infinity)): void {
    if (epoch === undefined) throw new Error('nobody has given the liar a key')
    const bytes = record instanceof Uint8Array ? record : record.bytes
    this.#network.publish(topicOf(room), sealFrame(frameKey(room, epoch), this.#world.random.bytes(12), bytes), () => undefined)
  }

  frame(room: string, bytes: Uint8Array): void {
    this.#network.publish(topicOf(room), bytes, () => undefined)
  }

  record(room: string | null, fields: Partial<RecordFields>): SignedRecord {
    const timeUs = this.#world.timeline.nowMs * 1000
    const base = { kind: KIND.say, room, timeUs, prev: null, parents: [], auth: room === null ? [] : [room], payload: this.#line('x') }
    return createRecord(this.signer, { ...base, ...fields })
  }

  line(room: string, text: string, fields: Partial<RecordFields> = {}): SignedRecord {
    return this.record(room, { payload: this.#line(text), ...fields })
  }

  presence(room: string, heads: readonly string[], fields: Partial<RecordFields> = {}, nick = this.name): SignedRecord {
    return this.record(room, { kind: KIND.presence, parents: heads, payload: presencePayload({ nick, state: 'online', missing: 0 }), ...fields })
  }

  /** A room that nobody is in. */
  genesis(name: string, timeUs = this.#world.timeline.nowMs * 1000): SignedRecord {
    const { random } = this.#world
    const payload = genesisPayload({ name, access: 'open', topic: '', commitment: random.bytes(32), nonce: random.bytes(16) })
    return this.record(null, { kind: KIND.genesis, timeUs, payload })
  }

  /** Messages of one type that it was sent. */
  all<T extends MemberMessage['type']>(type: T, from?: string): Extract<MemberMessage, { type: T }>[] {
    return this.heard.flatMap(({ from: by, message }) =>
      (message.type === type && (from === undefined || by === from) ? [message as Extract<MemberMessage, { type: T }>] : []))
  }

  #hear(from: string, bytes: Uint8Array): void {
    const decoded = decodeMemberMessage(bytes)
    if (!decoded.ok) throw new Error(`${from} sent what is no message: ${decoded.message}`)
    this.heard.push({ from, message: decoded.value })
    this.answer(from, decoded.value)
  }

  /** Takes the keys that it was handed for this room. */
  takeKeys(room: string): void {
    for (const { epochs } of this.all('epochs')) {
      for (const value of epochs) {
        const epoch = readEpoch(room, value)
        if (epoch.ok) this.epochs.set(epoch.value.id, epoch.value)
      }
    }
  }

  #line(text: string): ReturnType<typeof linePayload> {
    return linePayload({ nick: this.name, text, replyTo: null })
  }
}

/** The record with another signature, which is wrong. */
export function unsigned(record: SignedRecord): Uint8Array {
  const bytes = Uint8Array.from(record.bytes)
  bytes.fill(0, bytes.length - 64)
  return bytes
}

/** Ids of which no record is known to anybody. */
export function strangeIds(world: World, count: number): string[] {
  return Array.from({ length: count }, () => Buffer.from(world.random.bytes(32)).toString('hex'))
}
