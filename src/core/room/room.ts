/**
 * One room as a state machine: records in, effects out. Pure: time comes in with the input, storage is asked through a synchronous reader, and
 * what should happen is returned. What it accepts is a function of the set of records, never of their order.
 */
import { Authority } from '../authority/authority.ts'
import type { Quotas } from '../authority/quotas.ts'
import { RecentIds } from '../authority/recent-ids.ts'
import type { RoomState } from '../authority/state.ts'
import { isPermitted } from '../authority/state.ts'
import type { Naming } from '../authority/why.ts'
import { createGraph } from '../log/graph.ts'
import type { RecordGraphState } from '../log/graph.ts'
import { parentsFirst } from '../log/parents-first.ts'
import { decode, encode, isArray } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import type { Signer } from '../record/keys.ts'
import { KIND, SPOKEN_KINDS } from '../record/kinds.ts'
import { LATE_MS, MAX_AUTHORITY_PARENTS, MAX_EPOCHS, MAX_FUTURE_MS, MAX_MESSAGE_PARENTS } from '../record/limits.ts'
import { presencePayload } from '../record/payloads.ts'
import type { PresenceClaim } from '../record/payloads.ts'
import { createRecord, decodeRecord, verifyRecord } from '../record/record.ts'
import type { RecordId, RoomId, SignedRecord } from '../record/record.ts'
import { signAct } from './acting.ts'
import { Attendance } from './attendance.ts'
import { admitBatch } from './batch.ts'
import type { Admissible, BatchView } from './batch.ts'
import { ANSWERS, baseless, fetch, notTaken, REFUSED, verdict, withoutVerdicts } from './effects.ts'
import type { ActInput, RoomEffect, RoomInput, TokenInput } from './effects.ts'
import { createGapWatch } from './gap-watch.ts'
import { GossipBudget } from './gossip-budget.ts'
import { RoomQuota } from './quota.ts'
import { Rights } from './rights.ts'
import type { MessageReader, Ruling } from './rights.ts'
import { Unwritten } from './unwritten.ts'
import { relied, Waiting } from './waiting.ts'
import { isWeightlessKind, Passers } from './passers.ts'

/** What the machine may ask of what is stored. */
export interface RoomReader extends MessageReader {
  has(id: RecordId): boolean
  /** True when a stored record of this author names the id as its `prev`. */
  vouched(id: RecordId, author: string): boolean
  /** By what name a person is spoken of. */
  readonly name: Naming
}

export interface RoomInit {
  readonly genesis: SignedRecord
  /** All authority records that are stored, the genesis included. */
  readonly authority: readonly SignedRecord[]
  /** How much of one author the room takes, if not as the protocol says: a test fills up a small one. */
  readonly quotas?: Quotas
  /** What {@link Room.save} gave; empty for a new room. */
  readonly saved: Uint8Array
  /** The record that this node wrote last here. */
  readonly lastOwn: RecordId | null
  /** Bytes of old messages that it takes in a day, if not as many as are usual. */
  readonly lateBytesPerDay?: number
}

export interface Room {
  readonly id: RoomId
  readonly state: RoomState
  readonly rights: Rights
  readonly graph: RecordGraphState
  /** What this node's next record, message or epoch names. */
  readonly authorityHeads: readonly RecordId[]
  handle(input: RoomInput, nowMs: number): RoomEffect[]
  /** Heads, gaps and quotas, for {@link RoomInit}. */
  save(): Uint8Array
  has(id: RecordId): boolean
  /** The same, or held back or refused here: it need not be asked for. */
  knows(id: RecordId): boolean
  /** A key names these authority records: they are taken when they come, as what a record names is. */
  expect(ids: readonly RecordId[]): void
  /** True while time alone can change something: gaps to ask for, records parked. */
  readonly restless: boolean
}

/** Far more than one that displaces the other leaves at a time. */
const MAX_ASIDE = 16_384
const OUT_OF_ORDER = verdict('ignore', 'too much of its author came out of order')
const SPOKEN: ReadonlySet<number> = new Set(SPOKEN_KINDS)

export function createRoom(init: RoomInit, signer: Signer, reader: RoomReader): Room {
  return new RoomMachine(init, signer, reader)
}

class RoomMachine implements Room {
  readonly id: RoomId
  readonly graph: RecordGraphState
  readonly rights: Rights
  readonly #authority: Authority
  readonly #quota: RoomQuota
  readonly #signer: Signer
  readonly #reader: RoomReader
  readonly #waiting = new Waiting()
  readonly #gaps = createGapWatch()
  readonly #attendance = new Attendance()
  readonly #passers = new Passers()
  /** Authority records that keys name. */
  readonly #expected = new RecentIds(MAX_EPOCHS * MAX_AUTHORITY_PARENTS)
  readonly #budget = new GossipBudget()
  /** Accepted, and not in the store yet. */
  readonly #unwritten: Unwritten
  readonly #view: BatchView = { known: (id) => this.knows(id), vouched: (id, author) => this.#reader.vouched(id, author) }
  #lastOwn: RecordId | null
  /** Of what is taken in at present. */
  #leftOut = 0
  /** Shown, and in no graph: nothing of this node names them, so that they go when they are displaced. */
  readonly #aside = new Set<RecordId>()

  constructor(init: RoomInit, signer: Signer, reader: RoomReader) {
    this.id = init.genesis.id
    const saved = decode(init.saved)
    this.graph = createGraph(saved.ok ? saved.value : undefined)
    this.#signer = signer
    this.#reader = reader
    this.#lastOwn = init.lastOwn
    this.#authority = new Authority(init.genesis, init.quotas)
    this.#authority.sift(parentsFirst(init.authority), () => true)
    this.#unwritten = new Unwritten(reader)
    this.#quota = new RoomQuota(saved.ok && isArray(saved.value) ? saved.value[2] : undefined, init.lateBytesPerDay)
    this.rights = new Rights(this.#authority, this.#unwritten, this.#quota)
  }

  get state(): RoomState {
    return this.#authority.state
  }

  get authorityHeads(): readonly RecordId[] {
    return this.#authority.headsFor(this.#signer.identity)
  }

  get restless(): boolean {
    return this.graph.gaps.size > 0 || this.#waiting.size > 0 || this.#gaps.shown > 0 || this.rights.isWaiting
  }

  has(id: RecordId): boolean {
    if (this.#unwritten.has(id) || this.graph.heads.has(id) || this.#authority.has(id)) return true
    return !this.#unwritten.hasDiscarded(id) && this.#reader.has(id)
  }

  knows(id: RecordId): boolean {
    if (this.has(id) || this.#waiting.has(id) || this.rights.hasRefused(id) || this.#authority.isRefused(id)) return true
    return this.#authority.isPassedOver(id) && !this.#waiting.wants(id) && !this.#expected.has(id)
  }

  expect(ids: readonly RecordId[]): void {
    for (const id of ids) this.#expected.add(id)
  }

  save(): Uint8Array {
    return encode([...this.graph.save(), this.#quota.save()])
  }

  handle(input: RoomInput, nowMs: number): RoomEffect[] {
    switch (input.type) {
      case 'post':
        return this.#post(input.kind, input.payload, nowMs)
      case 'act':
      case 'token':
        return this.#act(input, nowMs)
      case 'announce':
        return this.#announce(input.nick, input.state, nowMs)
      case 'gossip':
        return this.#gossip(input.bytes, input.from, nowMs)
      case 'sync':
        return withoutVerdicts(this.#sync(input.records, input.from, nowMs))
      case 'restore':
        return withoutVerdicts(this.#restore(input.records, nowMs))
      case 'settle':
        return this.#settle()
      case 'tick':
        return withoutVerdicts(this.#tick(nowMs))
      case 'written':
        return this.#unwritten.written(input.ids)
    }
  }

  #post(kind: number, payload: Value, nowMs: number): RoomEffect[] {
    // What was said while this clock was far ahead is named again when its time has come: now, nobody could show what names it.
    const untilUs = (nowMs + MAX_FUTURE_MS) * 1000
    const timeUs = Math.max(nowMs * 1000, this.graph.newestUs(untilUs) + 1)
    const auth = this.authorityHeads
    const allowed = this.rights.maySpeak(this.#signer.identity, auth, timeUs, this.#reader.name)
    if (!allowed.ok) return [{ type: 'refused', refusal: allowed }]
    const parents = this.graph.parents(MAX_MESSAGE_PARENTS, untilUs)
    const record = createRecord(this.#signer, { kind, room: this.id, timeUs, prev: this.#lastOwn, parents, auth, payload })
    return this.#own(record, this.#take({ record, verified: true }, true, false, nowMs))
  }

  #act(input: ActInput | TokenInput, nowMs: number): RoomEffect[] {
    const cut = this.graph.parents(MAX_MESSAGE_PARENTS, Infinity).sort()
    const scene = { authority: this.#authority, signer: this.#signer, cut, prev: this.#lastOwn, nowMs, name: this.#reader.name }
    const signed = signAct(scene, input)
    if (!signed.ok) return [{ type: 'refused', refusal: signed }]
    const reason = this.#authority.refusalOf(signed.value)
    if (reason !== undefined) return [{ type: 'refused', refusal: ANSWERS[reason] }]
    return this.#own(signed.value, this.#enter([{ record: signed.value, verified: true }], true, nowMs))
  }

  /** What this node wrote goes to others once it is stored. A record that the room does not take is answered by a refusal: who asked waits for it. */
  #own(record: SignedRecord, effects: RoomEffect[]): RoomEffect[] {
    const [persist, ...shown] = withoutVerdicts(effects)
    if (persist?.type !== 'persist' || persist.record.id !== record.id) return [{ type: 'refused', refusal: notTaken(effects) }]
    this.#lastOwn = record.id
    return [persist, { type: 'publish', record }, ...shown]
  }

  #announce(nick: string, state: PresenceClaim['state'], nowMs: number): RoomEffect[] {
    const claim = { nick, state, missing: this.graph.gaps.size }
    const record = createRecord(this.#signer, {
      kind: KIND.presence,
      room: this.id,
      timeUs: nowMs * 1000,
      prev: null,
      parents: this.graph.parents(MAX_MESSAGE_PARENTS, Infinity),
      auth: this.authorityHeads,
      payload: presencePayload(claim)
    })
    return [{ type: 'publish', record }]
  }

  #gossip(bytes: Uint8Array, from: string | undefined, nowMs: number): RoomEffect[] {
    const decoded = decodeRecord(bytes)
    // What a later version says is not for us to judge.
    if (!decoded.ok) return [verdict(decoded.reason === 'unknown-version' ? 'ignore' : 'reject', decoded.message)]
    const record = decoded.value
    if (record.room !== this.id) return [verdict('reject', 'it belongs to another room')]
    if (this.knows(record.id)) return [verdict('ignore', 'known already')]
    if (record.graph === 'message') {
      if (nowMs - record.timeUs / 1000 > LATE_MS) return this.#tooOld(record.id, from, nowMs)
      const isJudged = record.auth.every((id) => this.#authority.has(id))
      if (isJudged && this.rights.isFlood(record, nowMs)) return [verdict('ignore', 'its author says more than the room allows')]
    }
    if (record.graph === 'ephemeral') return this.#passing({ record, verified: false }, this.#attendance, from, nowMs)
    if (isWeightlessKind(record)) return this.#passing({ record, verified: false }, this.#passers, from, nowMs)
    if (!verifyRecord(record)) return [verdict('reject', 'the signature is wrong')]
    return this.#consider([{ record, verified: true }], false, nowMs)
  }

  /** It is fetched if whoever passed it on does not name one after the other: they need not exist. */
  #tooOld(id: RecordId, from: string | undefined, nowMs: number): RoomEffect[] {
    return [verdict('ignore', 'it is too old for gossip'), ...(this.#budget.mayFetch(from, nowMs) ? fetch([id]) : [])]
  }

  #sync(records: readonly Uint8Array[], from: string | undefined, nowMs: number): RoomEffect[] {
    const { of, faults } = admitBatch(this.id, records, this.#view)
    this.#leftOut = 0
    const effects = [
      ...faults.map((why): RoomEffect => ({ type: 'misbehaviour', why })),
      ...this.#consider(this.#weighty(of('authority')), true, nowMs, of('message')),
      ...this.#consider(of('message'), true, nowMs),
      ...of('ephemeral').flatMap((entry) => this.#passing(entry, this.#attendance, from, nowMs))
    ]
    return this.#leftOut === 0 ? effects : [...effects, { type: 'left-out', records: this.#leftOut }]
  }

  /** What changes nothing is not kept, whoever hands it over: neither asked for again, nor anybody's fault. */
  #weighty(entries: readonly Admissible[]): Admissible[] {
    const weighty = entries.filter(({ record }) => !isWeightlessKind(record))
    if (weighty.length === entries.length) return weighty
    for (const { record } of entries) if (isWeightlessKind(record)) this.#authority.refuse(record.id)
    this.#letGo()
    return weighty
  }

  /** What waits for a record that is refused for ever is so itself. */
  #letGo(): void {
    for (const id of this.#waiting.discard((one) => this.#authority.isRefused(one))) this.#authority.refuse(id)
  }

  #restore(records: readonly Uint8Array[], nowMs: number): RoomEffect[] {
    const { of } = admitBatch(this.id, records, { ...this.#view, known: (id) => this.has(id) })
    const acts = this.#consider(this.#weighty(of('authority')), true, nowMs, of('message'))
    const { ready } = this.#waiting.sort(of('message'), (id) => this.#authority.has(id), nowMs)
    const kept = ready.filter(({ record }) => this.rights.mayKeep(record))
    for (const { record } of kept) {
      this.#unwritten.add(record)
      this.rights.came(record)
      this.graph.add(record, (id) => this.has(id))
    }
    return [...acts, ...kept.map(({ record, verified }): RoomEffect => ({ type: 'persist', record, verified, own: false }))]
  }

  #tick(nowMs: number): RoomEffect[] {
    const { due, changed } = this.#gaps.check(this.graph.gaps.keys(), nowMs)
    const wanted = this.#gaps.dueNow([...this.#waiting.wanted(), ...this.rights.wanted()], nowMs)
    const effects: RoomEffect[] = [...this.#release(nowMs), ...fetch(this.#budget.mayAskFor([...wanted, ...due], nowMs))]
    if (changed !== undefined) effects.push({ type: 'gap', missing: changed })
    return changed === 0 || this.rights.canSettle ? [...effects, ...this.#settle()] : effects
  }

  /** What could not be judged while something was missing. */
  #settle(): RoomEffect[] {
    const settled = this.rights.settle()
    if (settled === undefined) return []
    const lines = settled.filter((record) => SPOKEN.has(record.kind) && this.rights.visibility(record) === 'shown')
    return [...lines.map((record): RoomEffect => ({ type: 'line', record, own: false, synced: true })), { type: 'rewritten' }]
  }

  /**
   * What is passed on and not kept: presence, and in `passers` a leave or a record of a kind that is not known, so that it takes no place from what changes
   * something. None of it is worth a look at its signature when there was too much of it already.
   */
  #passing({ record, verified }: Admissible, listener: Attendance | Passers, from: string | undefined, nowMs: number): RoomEffect[] {
    if (!isPermitted(this.state, record.author, nowMs)) return [verdict('ignore', 'its author is not in the room')]
    if (!this.#budget.mayHear(record, from, nowMs)) return [verdict('ignore', 'there is too much of this')]
    if (!verified && !verifyRecord(record)) return [verdict('reject', 'the signature is wrong')]
    const effects = listener.hear(record, nowMs)
    if (effects.some((effect) => effect.type === 'verdict' && effect.verdict === 'accept')) this.#budget.heard(record, nowMs)
    return effects
  }

  /** Applies records of one graph that are authentic, parents before children; those that cannot be judged yet wait. `beside`: what comes with them. */
  #consider(entries: readonly Admissible[], synced: boolean, nowMs: number, beside: readonly Admissible[] = []): RoomEffect[] {
    const hopeful: Admissible[] = []
    const hopeless: RoomEffect[] = []
    for (const entry of entries) {
      if (this.#relies(entry.record)) hopeless.push(...baseless('it relies on what nobody may rely on'))
      else hopeful.push(entry)
    }
    const { ready, held } = this.#waiting.sort(hopeful, (id) => this.#authority.has(id), nowMs)
    const isAct = ready[0]?.record.graph === 'authority'
    const taken = isAct ? this.#enter(ready, false, nowMs, beside) : ready.flatMap((entry) => this.#take(entry, false, synced, nowMs))
    return [...hopeless, ...held.map((why) => verdict('ignore', why)), ...taken]
  }

  /** Whether it relies on what is refused everywhere; then it is so itself. */
  #relies(record: SignedRecord): boolean {
    const isRefused = relied(record).some((id) => this.#authority.isRefused(id))
    if (isRefused) this.#authority.refuse(record.id)
    return isRefused
  }

  /** What no longer waits; it arrived earlier, so the verdict on it is given already. */
  #release(nowMs: number): RoomEffect[] {
    const { acts, messages } = this.#waiting.release((id) => this.#authority.has(id), nowMs)
    const effects = acts.length > 0 ? this.#enter(parentsFirstOf(acts), false, nowMs) : []
    for (const entry of messages) effects.push(...this.#take(entry, false, true, nowMs))
    return withoutVerdicts(effects)
  }

  /** Takes authority records in, whose parents are here or among them. Some may be of no use: then nothing that names them is of any either. */
  #enter(entries: readonly Admissible[], own: boolean, nowMs: number, beside: readonly Admissible[] = []): RoomEffect[] {
    const records = entries.map((entry) => entry.record)
    const together = [...entries, ...beside].map((entry) => entry.record)
    const { refused, change } = this.#authority.sift(records, this.#waiting.naming(together, (id) => this.#expected.has(id)))
    if (refused.length > 0) this.#letGo()
    const effects = refused.flatMap(({ reason }) => REFUSED[reason])
    const without = new Set(refused.map(({ record }) => record.id))
    const entered = entries.filter(({ record }) => !without.has(record.id))
    if (entered.length === 0) return effects
    for (const { record, verified } of entered) {
      this.#unwritten.add(record)
      effects.push({ type: 'persist', record, verified, own })
    }
    const ids = entered.map(({ record }) => record.id)
    effects.push(verdict('accept', ''), { type: 'rights', entered: ids, change, again: this.rights.forget(change) })
    // What waits for its time is looked at by the tick: going through all that waits with each message would let a liar make each one dear.
    return [...effects, ...this.#release(nowMs)]
  }

  /** Takes a message in, if the records let it be. */
  #take(entry: Admissible, own: boolean, synced: boolean, nowMs: number): RoomEffect[] {
    const { record, verified } = entry
    const ruling = this.rights.rule(record, synced, nowMs)
    if (ruling.is === 'refused' || ruling.is === 'hidden') this.graph.forgive(record.id)
    if (ruling.is === 'refused' && ruling.isLeft) this.#leftOut++
    if (ruling.is === 'refused') return ruling.knew ? baseless(ruling.why) : [verdict('ignore', ruling.why)]
    this.#unwritten.add(record)
    this.rights.came(record)
    const persist: RoomEffect = { type: 'persist', record, verified, own }
    if (ruling.is === 'hidden') return [verdict('ignore', 'its author may not speak'), persist]
    if (ruling.is === 'shown' && ruling.isQuiet && !own) return [OUT_OF_ORDER, persist, ...this.#setAside(ruling, record)]
    this.graph.add(record, (id) => this.has(id) || this.rights.hasRefused(id))
    if (ruling.is === 'unsettled') return [verdict('ignore', 'it cannot be judged before what lies between is here'), persist]
    const effects: RoomEffect[] = [verdict('accept', ''), persist]
    if (SPOKEN.has(record.kind)) effects.push({ type: 'line', record, own, synced })
    return [...effects, ...this.#displace(ruling.displaced)]
  }

  #setAside({ displaced }: Ruling & { is: 'shown' }, record: SignedRecord): RoomEffect[] {
    this.graph.forgive(record.id)
    if (this.#aside.size >= MAX_ASIDE) this.#aside.delete(this.#aside.values().next().value!)
    this.#aside.add(record.id)
    return this.#displace(displaced)
  }

  /**
   * Messages that do not count any more go, as if they had come after the one that took their place. Those stay that something names: they are on the way
   * back from there to what lies before. What this node's person said stays, for them.
   */
  #displace(ids: readonly RecordId[]): RoomEffect[] {
    if (ids.length === 0) return []
    const effects: RoomEffect[] = [{ type: 'rewritten' }]
    for (const id of ids) {
      const record = this.#unwritten.message(id)
      if (record === undefined || record.author === this.#signer.identity) continue
      if (!this.#aside.delete(id) && !this.graph.remove(record)) continue
      this.#unwritten.discard(id)
      this.rights.discarded(record)
      effects.push({ type: 'discard', record })
    }
    return effects
  }
}

function parentsFirstOf(entries: readonly Admissible[]): Admissible[] {
  const byId = new Map(entries.map((entry) => [entry.record.id, entry]))
  return parentsFirst(entries.map((entry) => entry.record)).map((record) => byId.get(record.id)!)
}
