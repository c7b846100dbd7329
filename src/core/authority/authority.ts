/** The authority records of one room and what they say. Records go in with their parents before them; the state comes out. */
import type { Value } from '../record/codec.ts'
import { ACCESS } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import { MAX_REFUSED_ACTS } from '../record/limits.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import { settingOf } from './act.ts'
import type { Act } from './act.ts'
import { SETTINGS } from './actions/policy.ts'
import { headsFor } from './heads.ts'
import { hiddenBy, judgeMessage, ruleOn, speaksFreely } from './messages.ts'
import type { Ancestry, Judgement, MessageFacts, Ruling } from './messages.ts'
import { present } from './moment.ts'
import { QUOTAS } from './quotas.ts'
import type { Quotas } from './quotas.ts'
import { RecentIds } from './recent-ids.ts'
import { Resolver } from './resolver.ts'
import type { Change } from './resolver.ts'
import { endOf, isAdmin, openAt, sparesAt } from './rules.ts'
import type { Grant } from './rules.ts'
import { Door } from './standing.ts'
import type { RoomState, Sanction } from './state.ts'

const NOW = present()
type Refusal = Sifted['refused'][number]

/** What came of records that somebody else sent. */
export interface Sifted {
  readonly change: Change
  readonly refused: readonly { readonly record: SignedRecord; readonly reason: SiftRefusal }[]
}

/**
 * Why a record is not taken in. By its own past, and so everywhere and for ever: `no-standing`, it had no business to be signed; `no-weight`, it changes
 * nothing; `too-many`, its author had done as much as the room takes; `on-refused`, it names one of these. By what is here: `no-parent`, it names a record
 * that is not; `no-room`, nothing names it, and its author made many that nothing names.
 */
export type SiftRefusal = PastRefusal | 'no-parent' | 'no-room'
type PastRefusal = 'no-standing' | 'no-weight' | 'too-many' | 'on-refused'

/** Whether something that is here, or comes with it, names the record, so that it is taken whatever else there is of its author. */
export type IsNamed = (record: SignedRecord) => boolean

export class Authority {
  readonly #book: Resolver
  readonly #door: Door
  readonly #genesis: SignedRecord
  readonly #admins = new Set<Identity>()
  readonly #removals = new Map<Identity, readonly Sanction[]>()
  readonly #mutes = new Map<Identity, readonly Sanction[]>()
  readonly #admitted = new Set<Identity>()
  /** Ids that their own past refuses. Forgotten ones are only fetched, and refused, again. */
  readonly #refused = new RecentIds(MAX_REFUSED_ACTS)
  /** Ids for which there was no room. They are taken once something names them. */
  readonly #passedOver = new RecentIds(MAX_REFUSED_ACTS)
  readonly #named = new Map<Identity, readonly RecordId[]>()
  #state: RoomState | undefined

  /** @throws {RangeError} when the record is not a genesis that was decoded: a bug, not input. */
  constructor(genesis: SignedRecord, quotas: Quotas = QUOTAS) {
    this.#genesis = genesis
    this.#book = new Resolver(genesis)
    this.#door = new Door(this.#book.ledger, this.#book.succession, quotas)
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

  /** Records that no other names as parent. */
  get heads(): RecordId[] {
    return [...this.#book.graph.heads].map((index) => this.#book.acts[index]!.id).sort()
  }

  /** What this author's next record names, or its next message: at most MAX_AUTHORITY_PARENTS, ascending. */
  headsFor(author: Identity): readonly RecordId[] {
    let heads = this.#named.get(author)
    if (heads === undefined) this.#named.set(author, (heads = headsFor(this.#book, author)))
    return heads
  }

  /** Whether its own past, or that of what it names, refuses it everywhere, as far as that is remembered. */
  isRefused(id: RecordId): boolean {
    return this.#refused.has(id)
  }

  /** The same, or there was no room for it here: it need not be asked for, unless something names it. */
  isPassedOver(id: RecordId): boolean {
    return this.#refused.has(id) || this.#passedOver.has(id)
  }

  /** A message or record that names what is refused is so itself. */
  refuse(id: RecordId): void {
    this.#refused.add(id)
  }

  /**
   * Whether a record had any business to be signed, by its own past alone: all who have its parents, which are here, find the same, now and for ever.
   * One that had none is not to be kept or passed on, and neither is what names it as parent. @throws {RangeError} when a parent is missing
   */
  hasStanding(record: SignedRecord): boolean {
    return this.#door.hasStanding(record)
  }

  /** Why it is not taken in, if it is not. `isNamed` is asked only where that decides. */
  refusalOf(record: SignedRecord, isNamed: IsNamed = () => false): SiftRefusal | undefined {
    if (this.isRefused(record.id) || record.parents.some((id) => this.isRefused(id))) return 'on-refused'
    if (!record.parents.every((id) => this.has(id))) return 'no-parent'
    if (!this.hasStanding(record)) return 'no-standing'
    if (!this.#door.hasWeight(record)) return 'no-weight'
    if (!this.#door.isWithinQuota(record)) return 'too-many'
    return this.hasRoomFor(record) || isNamed(record) ? undefined : 'no-room'
  }

  /**
   * Whether there is room for it beside what nothing names. This alone hangs on the order of arrival, and binds nothing that something names: honest nodes
   * name what they stand on, and so what they write is taken everywhere. @throws {RangeError} when a parent is missing
   */
  hasRoomFor(record: SignedRecord): boolean {
    return this.#door.hasRoomFor(record)
  }

  /** Takes a record in that is not here, and whose parents all are. @throws {RangeError} otherwise */
  add(record: SignedRecord): Change {
    return this.addAll([record])
  }

  /**
   * Takes in any number, parents before children, each new and with standing: what comes out is what {@link add} gives one by one, at the cost of
   * resolving all once. @throws {RangeError} when one is here already, or a parent of it is not: a bug of the caller, after which nothing here is to be used
   */
  addAll(records: readonly SignedRecord[]): Change {
    return this.#note(this.#book.add(records))
  }

  /** {@link addAll} of those that nothing refuses; the others are told. Records that are here are passed over. Parents come before children. */
  sift(records: readonly SignedRecord[], isNamed?: IsNamed): Sifted {
    const refused: Refusal[] = []
    const change = this.#book.add(this.#worthy(records, refused, isNamed))
    return { change: this.#note(change), refused }
  }

  /**
   * True when nothing here takes, or ever took, anything from this author, and the room is open to all that is said: then its messages count, and only
   * a limit on their number may bind them. Costs next to nothing; false does not say that something is amiss.
   */
  speaksFreely(author: Identity): boolean {
    return speaksFreely(this.#book.ledger, author)
  }

  judge(message: MessageFacts, isBefore: Ancestry): Judgement {
    return judgeMessage(this.#book, message, isBefore)
  }

  /** {@link judge}, but for what the author knew. */
  ruleOn(message: MessageFacts, isBefore: Ancestry): Ruling {
    return ruleOn(this.#book, message, isBefore)
  }

  hiddenBy(message: MessageFacts, isBefore: Ancestry): Act | undefined {
    return hiddenBy(this.#book, message, isBefore)
  }

  #note(change: Change): Change {
    this.#state = undefined
    this.#named.clear()
    this.#assess(change.isAnew ? undefined : change.people ?? this.#turnedOrKicked(change.turned))
    return change
  }

  /** Those about whom something turned; and, since who may come in has changed, all who were ever kicked: opening the room lifts that. */
  #turnedOrKicked(turned: readonly Act[]): Set<Identity> {
    const people = new Set(turned.flatMap((act) => [act.author, act.deed.target ?? act.author]))
    for (const [identity, person] of this.#book.ledger.people) {
      if (person.listed('removes').some((act) => act.action?.liftedByAny === true)) people.add(identity)
    }
    return people
  }

  /** Each is judged when all before it are in, and comes in before the next. */
  *#worthy(records: readonly SignedRecord[], refused: Refusal[], isNamed: IsNamed | undefined): Generator<SignedRecord> {
    for (const record of records) {
      if (this.has(record.id)) continue
      const reason = this.refusalOf(record, isNamed)
      if (reason === undefined) yield record
      else refused.push({ record, reason })
      if (reason === 'no-room') this.#passedOver.add(record.id)
      else if (reason !== undefined && reason !== 'no-parent') this.#refused.add(record.id)
    }
  }

  /** Works out anew what stands about these people, or about all. */
  #assess(people: Iterable<Identity> | undefined): void {
    if (people === undefined) for (const list of [this.#admins, this.#removals, this.#mutes, this.#admitted]) list.clear()
    const open = openAt(this.#book, NOW)
    for (const person of people ?? this.#book.people()) {
      const grants = [...open, ...this.#book.grantsOf(person, NOW)]
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
