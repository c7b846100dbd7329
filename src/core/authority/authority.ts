/** The authority records of one room and what they say. Records go in with their parents before them; the state comes out. */
import type { Value } from '../record/codec.ts'
import { ACCESS } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { Act } from './act.ts'
import { SETTINGS } from './actions/policy.ts'
import { hiddenBy, judgeMessage } from './messages.ts'
import type { Ancestry, Judgement, MessageFacts } from './messages.ts'
import { present } from './moment.ts'
import { Resolver, settingOf } from './resolver.ts'
import type { Change } from './resolver.ts'
import { endOf, grantsAt, isAdmin, sparesAt } from './rules.ts'
import type { Grant } from './rules.ts'
import type { RoomState, Sanction } from './state.ts'

const NOW = present()

export class Authority {
  readonly #book: Resolver
  readonly #genesis: SignedRecord
  readonly #admins = new Set<Identity>()
  readonly #removals = new Map<Identity, readonly Sanction[]>()
  readonly #mutes = new Map<Identity, readonly Sanction[]>()
  readonly #admitted = new Set<Identity>()
  #state: RoomState | undefined

  /** @throws {RangeError} when the record is not a genesis that was decoded: a bug, not input. */
  constructor(genesis: SignedRecord) {
    this.#genesis = genesis
    this.#book = new Resolver(genesis)
    this.#assess(undefined)
  }

  get book(): Resolver {
    return this.#book
  }

  get state(): RoomState {
    this.#state ??= this.#snapshot()
    return this.#state
  }

  /** How many records there are, the genesis among them. */
  get size(): number {
    return this.#book.graph.size
  }

  has(id: RecordId): boolean {
    return this.#book.graph.indexOf(id) !== undefined
  }

  /** Records that no other names as parent: what the next one names, and the next message. */
  get heads(): RecordId[] {
    return [...this.#book.graph.heads].map((index) => this.#book.acts[index]!.id).sort()
  }

  /** Takes a record in that is not here, and whose parents all are. @throws {RangeError} otherwise */
  add(record: SignedRecord): Change {
    const change = this.#book.add(record)
    this.#state = undefined
    this.#assess(change.people)
    return change
  }

  judge(message: MessageFacts, isBefore: Ancestry): Judgement {
    return judgeMessage(this.#book, message, isBefore)
  }

  hiddenBy(message: MessageFacts, isBefore: Ancestry): Act | undefined {
    return hiddenBy(this.#book, message, isBefore)
  }

  /** Works out anew what stands about these people, or about all. */
  #assess(people: Iterable<Identity> | undefined): void {
    if (people === undefined) for (const list of [this.#admins, this.#removals, this.#mutes, this.#admitted]) list.clear()
    for (const person of people ?? this.#book.people()) {
      const grants = grantsAt(this.#book, person, NOW)
      const removals = this.#standing(this.#book.removalsOf(person), grants)
      keep(this.#admins, person, isAdmin(this.#book, person, NOW))
      keep(this.#admitted, person, this.#book.grantsOf(person).length > 0 && removals.every((removal) => removal.untilUs !== null))
      put(this.#removals, person, removals)
      put(this.#mutes, person, this.#standing(this.#book.mutesOf(person), this.#book.voicesOf(person)))
    }
  }

  #standing(sanctions: readonly Act[], grants: readonly Grant[]): Sanction[] {
    return sanctions
      .filter((sanction) => !sparesAt(this.#book, sanction, grants, NOW))
      .map((act) => ({ target: act.deed.target!, record: act.id, rank: this.#book.rankOf(act), untilUs: endOf(this.#book, act) }))
  }

  #snapshot(): RoomState {
    const { owner, generation, commitment } = this.#book.succession.now
    const { genesis } = this.#book
    const settings = this.#settings()
    const access = ACCESS[Number(settings.get('access') ?? ACCESS.indexOf(genesis.access))]!
    return {
      room: this.#book.room,
      genesis,
      createdMs: Math.floor(this.#genesis.timeUs / 1000),
      owner,
      generation,
      commitment,
      admins: [...this.#admins].sort(),
      removals: [...this.#removals.values()].flat(),
      mutes: [...this.#mutes.values()].flat(),
      admitted: access === 'open' ? new Set() : new Set(this.#admitted),
      access,
      topic: String(settings.get('topic') ?? genesis.topic),
      settings,
      closed: this.#book.closings().length > 0
    }
  }

  #settings(): Map<string, Value> {
    const settings = new Map<string, Value>()
    for (const key of SETTINGS.keys()) {
      const setter = this.#book.setterOf(key)
      if (setter !== undefined) settings.set(key, settingOf(setter, key))
    }
    return settings
  }
}

function keep<T>(set: Set<T>, value: T, is: boolean): void {
  if (is) set.add(value)
  else set.delete(value)
}

function put<V>(map: Map<string, readonly V[]>, key: string, values: readonly V[]): void {
  if (values.length > 0) map.set(key, values)
  else map.delete(key)
}
