/** Everything that a liar could say, drawn at random: right shapes with wrong contents, real ids in wrong places, and bytes that were changed. */
import { fromHex } from '../../src/core/record/bytes.ts'
import type { Value } from '../../src/core/record/codec.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { MAX_TIME_US } from '../../src/core/record/limits.ts'
import { linePayload } from '../../src/core/record/payloads.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import { encodeMemberMessage } from '../../src/core/room/member-protocol.ts'
import type { MemberMessage } from '../../src/core/room/member-protocol.ts'
import { epochValue, makeEpoch } from '../../src/core/seal/epoch.ts'
import { nameHash, roomProof } from '../../src/core/seal/topic.ts'
import type { World } from '../sim/world.ts'
import type { Liar } from './liar.ts'
import { strangeIds, unsigned } from './liar.ts'

const TEXTS = [
  'liar', 'ann', 'b\u043Eb', '\u001b[2J\u0007', '\u202eevil', '', 'x'.repeat(16), '\u{1F469}\u200d', 'a b', '/ip4/127.0.0.1/tcp/1/p2p/x'
]

export class RandomLiar {
  readonly #world: World
  readonly #liar: Liar
  readonly #room: string
  /** Ids that mean something to somebody, the liar's own records, and bytes that honest nodes said. */
  readonly #ids: string[]
  readonly #own: SignedRecord[] = []
  readonly #overheard: Uint8Array[] = []
  readonly #genesis: SignedRecord

  constructor(world: World, liar: Liar, room: string) {
    this.#world = world
    this.#liar = liar
    this.#room = room
    this.#ids = [room, nameHash('lobby'), ...strangeIds(world, 3)]
    this.#genesis = liar.genesis('lobby')
    liar.answer = (_, message) => {
      if (message.type === 'records') this.#overheard.push(...message.records)
      if (message.type === 'want') this.#ids.push(...message.ids.slice(0, 3))
      if (this.#overheard.length > 100) this.#overheard.splice(0, 50)
      if (this.#ids.length > 200) this.#ids.splice(5, 100)
    }
  }

  /** Does one thing to one of them. */
  act(to: string): void {
    const { random } = this.#world
    const roll = random.between(0, 20)
    if (roll < 12) this.#liar.say(to, this.#message(to))
    else if (roll < 14) this.#liar.raw(to, this.#changed(encodeMemberMessage(this.#message(to))))
    else if (roll === 14) this.#liar.raw(to, random.bytes(random.between(1, 60)))
    else if (roll === 15) this.#liar.frame(this.#room, random.bytes(random.between(1, 200)))
    else if (roll === 16) this.#liar.gossip(this.#room, this.#changed(this.#record().bytes))
    else this.#liar.gossip(this.#room, random.chance(0.7) ? this.#record() : unsigned(this.#record()))
  }

  #message(to: string): MemberMessage {
    const { random } = this.#world
    const room = this.#proof(to)
    const ids = () => this.#some(6, () => this.#id())
    switch (random.between(0, 10)) {
      case 0:
        return { type: 'hello', binding: random.bytes(random.between(0, 600)), nick: this.#text(), addresses: this.#texts(3), nowMs: random.between(0, 2 ** 40) }
      case 1:
        // Mostly in the room, now and then not: rooms are matched anew each time.
        return { type: 'rooms', proofs: random.chance(0.8) ? [roomProof(this.#room, this.#liar.name, to), ...ids()] : ids() }
      case 2:
        return { type: 'find', names: ids() }
      case 3:
        return { type: 'found', name: random.pick([nameHash('lobby'), this.#id()]), candidates: this.#some(3, () => this.#candidate()) }
      case 4:
        return { type: 'epochs', room, epochs: this.#some(3, () => this.#epoch()) }
      case 5:
        return { type: 'reconcile', room, graph: this.#graph(), toInitiator: random.chance(0.5), message: this.#ranges() }
      case 6:
        return { type: 'want', room, ids: ids() }
      case 7:
        return { type: 'held', room, ids: ids() }
      case 8:
        return { type: 'peers', room, peers: this.#some(3, () => ({ peerId: this.#text(), addresses: this.#texts(2) })) }
      default:
        return { type: 'records', room, records: this.#some(4, () => this.#bytes()), left: random.pick([0, 0, 1, 9_999]) }
    }
  }

  #record(): SignedRecord {
    const { random, timeline } = this.#world
    const kind = random.pick([KIND.say, KIND.say, KIND.action, KIND.file, 63, KIND.promote, KIND.ban, KIND.close, 127, KIND.presence, 191])
    const authority = kind >= 64 && kind <= 127
    const nowUs = timeline.nowMs * 1000
    const aheadUs = random.between(0, 120_000_000)
    const timeUs = random.pick([nowUs, nowUs, nowUs - random.between(0, 1e9), 0, nowUs + aheadUs, MAX_TIME_US])
    const parents = this.#some(authority ? 8 : 16, () => this.#id())
    const record = this.#liar.record(this.#room, {
      kind, timeUs, payload: this.#payload(kind),
      room: random.chance(0.95) ? this.#room : this.#id(),
      prev: random.chance(0.5) ? null : this.#id(),
      parents: authority && parents.length === 0 ? [this.#room] : parents,
      auth: authority ? [] : random.chance(0.8) ? [this.#room] : [this.#id()]
    })
    this.#own.push(record)
    this.#ids.push(record.id)
    return record
  }

  #payload(kind: number): Value {
    const { random } = this.#world
    if (kind === KIND.presence) return [this.#text(), random.between(0, 4), random.between(0, 3)]
    const replyTo = random.chance(0.5) ? null : fromHex(this.#id())
    if (random.chance(0.8)) return linePayload({ nick: this.#text(), text: `liar ${this.#text()}`, replyTo })
    return random.pick<Value>([null, true, 7, 'x', [], [[[[[[['deep']]]]]]], new Uint8Array(9), ['a', 'b', null, 4]])
  }

  #bytes(): Uint8Array {
    const { random } = this.#world
    const others = [this.#record().bytes, ...this.#overheard]
    const known = random.chance(0.5) ? random.pick(this.#own).bytes : random.pick(others)
    return random.chance(0.7) ? known : this.#changed(known)
  }

  #candidate(): { genesis: Uint8Array; established: boolean } {
    const { random } = this.#world
    const genesis = random.pick([this.#genesis, this.#genesis, this.#liar.genesis(random.pick(['lobby', 'LOBBY', 'other']))]).bytes
    return { genesis: random.chance(0.8) ? genesis : this.#changed(genesis), established: random.chance(0.5) }
  }

  #epoch(): Value {
    const { random } = this.#world
    if (random.chance(0.2)) return random.pick<Value>([null, [], [random.bytes(32), 3, 3], [random.bytes(31), [], 1]])
    const createdMs = random.pick([0, this.#world.timeline.nowMs, 4_000_000_000_000])
    return epochValue(makeEpoch(this.#room, random.bytes(32), this.#some(4, () => this.#id()), createdMs))
  }

  #ranges(): Uint8Array {
    const { random } = this.#world
    const list = this.#some(5, () => [...fromHex(this.#id())]).flat()
    const listing = Uint8Array.of(0x61, 0, 0, 2, list.length / 32, ...list)
    const unequal = Uint8Array.of(0x61, 0, 0, 1, ...random.bytes(16))
    return random.pick([listing, unequal, Uint8Array.of(0x61), Uint8Array.of(0x62), random.bytes(40), this.#changed(listing)])
  }

  #proof(to: string): string {
    const { random } = this.#world
    if (random.chance(0.9)) return roomProof(this.#room, this.#liar.name, to)
    return random.pick([roomProof(this.#room, to, this.#liar.name), this.#id()])
  }

  #id(): string {
    const { random } = this.#world
    return random.chance(0.7) ? random.pick(this.#ids) : strangeIds(this.#world, 1)[0]!
  }

  #graph(): 'message' | 'authority' {
    return this.#world.random.pick(['message', 'authority'])
  }

  #text(): string {
    return this.#world.random.pick(TEXTS)
  }

  #texts(most: number): string[] {
    return this.#some(most, () => this.#text())
  }

  #changed(bytes: Uint8Array): Uint8Array {
    const { random } = this.#world
    const changed = Uint8Array.from(bytes)
    for (let flips = random.between(1, 4); flips > 0; flips--) changed[random.between(0, changed.length)] = random.between(0, 256)
    return random.chance(0.2) ? changed.subarray(0, random.between(1, changed.length + 1)) : changed
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#world.random.between(0, most + 1) }, make)
  }
}
