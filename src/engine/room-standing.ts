/**
 * What follows on this node when the records of a room say something else: people are told, members come and go, keys change, and this node's person may
 * be out of the room itself. Who is out keeps what it has, goes on hearing of the records, which may turn out otherwise, and of nothing else.
 */
import type { Act } from '../core/authority/act.ts'
import type { Effect } from '../core/authority/actions/action.ts'
import { isPermitted } from '../core/authority/state.ts'
import { explain } from '../core/authority/why.ts'
import type { ExplainedRecord } from '../core/authority/why.ts'
import type { RoomEffect } from '../core/room/effects.ts'
import type { ActView, Removal } from './api.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import { timeOf } from './views.ts'
import { Withheld } from './withheld.ts'

export type Standing = 'in' | 'removed' | 'closed'

/** Others may see the end of a removal later, by their clocks: until then they take no keys from who is back, and give none. */
const COME_BACK_MS = [6_000, 20_000, 60_000]
const REWRITE_PAUSE_MS = 500
/** Acts that are told of at once; who comes into an old room reads the others when it looks. */
const MAX_TOLD = 64
/** Timers count to 2^31 ms, and a clock may be set: a day is soon enough to look again. */
const MAX_ALARM_MS = 86_400_000
/** What makes other messages be shown than before. */
const REWRITES: readonly Effect[] = [
  'removes', 'grants', 'mutes', 'unmutes', 'hides', 'promotes', 'hands-over', 'ends-generation', 'sets', 'closes'
]

export class RoomStanding {
  readonly #engine: Engine
  readonly #host: RoomHost
  readonly #withheld: Withheld
  #now: Standing = 'in'
  /** The record by which this node's person was last told to be out. */
  #toldOf: string | undefined
  #cancelAlarm: (() => void) | undefined
  #cancelRewrite: (() => void) | undefined
  #isRewritten = false

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
    this.#now = this.#standing()
    this.#toldOf = this.#removing()?.id
    this.#withheld = new Withheld(engine, host)
    this.#setAlarm()
  }

  end(): void {
    this.#cancelAlarm?.()
    this.#cancelRewrite?.()
  }

  get now(): Standing {
    return this.#now
  }

  /** Set while this node's person is out. */
  removal(): Removal | undefined {
    const act = this.#now === 'removed' ? this.#removing() : undefined
    if (act === undefined) return undefined
    const untilUs = this.#removals().find((removal) => removal.record === act.id)?.untilUs ?? null
    const { reason = '' } = act.deed as { readonly reason?: string }
    const kind = act.action?.liftedByAny === true ? 'kick' : 'ban'
    const until = untilUs === null ? {} : { until: Math.ceil(untilUs / 1000) }
    return { by: act.author, nick: this.#host.nameOf(act.author), reason, kind, ...until }
  }

  /** The authority records say something else. `again`: messages that were refused may count now. */
  changed({ entered, change: { turned }, again }: Extract<RoomEffect, { type: 'rights' }>): void {
    const { emit } = this.#engine
    const { book } = this.#host.machine.rights.authority
    const acts = new Set([...entered.flatMap((id) => book.actById(id) ?? []), ...turned])
    const told = [...acts].filter((act) => act.action !== undefined && act.action.word !== 'leave')
    for (const act of told.sort((left, right) => left.timeUs - right.timeUs).slice(-MAX_TOLD)) {
      emit({ method: 'role', params: actView(this.#host, explain(book, act, this.#host.nameOf), act) })
    }
    if (turned.some((act) => act.action?.does.some((effect) => REWRITES.includes(effect)) === true)) this.rewritten()
    const before = this.#now
    this.review()
    if (turned.length > 0 && this.#now === before) emit({ method: 'room', params: this.#host.view('changed') })
    if (again && this.#now !== 'removed') this.#askAll()
  }

  /** Other messages are shown than before. Told at once, and then at most so often: who makes it happen with each message cannot make each one dear. */
  rewritten(): void {
    this.#isRewritten = true
    if (this.#cancelRewrite !== undefined) return
    this.#tellRewritten()
    this.#cancelRewrite = this.#engine.clock.after(REWRITE_PAUSE_MS, () => {
      this.#cancelRewrite = undefined
      if (this.#isRewritten) this.rewritten()
    })
  }

  #tellRewritten(): void {
    this.#isRewritten = false
    this.#engine.emit({ method: 'timeline', params: { room: this.#host.id } })
    this.#withheld.review()
  }

  /** Looks anew who is in the room: after the records changed, and as time ends what has an end. */
  review(): void {
    const { sessions } = this.#engine
    const before = this.#now
    this.#now = this.#standing()
    if (this.#now !== before) this.#turn(before)
    else if (this.#now === 'removed' && this.#removing()?.id !== this.#toldOf) this.#tellRemoved()
    for (const session of sessions.values()) session.review(this.#host)
    this.#host.keys.settle()
    if (this.#now === 'in') this.#host.keys.renew()
    this.#setAlarm()
  }

  /** To look again when the next removal ends. */
  #setAlarm(): void {
    const { clock } = this.#engine
    const nowMs = clock.nowMs()
    const { removals } = this.#host.machine.state
    const ends = removals.flatMap(({ untilUs }) => (untilUs !== null && untilUs >= nowMs * 1000 ? untilUs / 1000 : []))
    this.#cancelAlarm?.()
    if (ends.length === 0) return
    this.#cancelAlarm = clock.after(Math.min(Math.min(...ends) - nowMs + 1, MAX_ALARM_MS), () => this.review())
  }

  #turn(before: Standing): void {
    const { emit } = this.#engine
    const host = this.#host
    if (this.#now === 'removed') return this.#tellRemoved()
    if (this.#now === 'closed') {
      host.presence.leaveClosed()
      return emit({ method: 'room', params: host.view('closed') })
    }
    this.#toldOf = undefined
    emit({ method: 'room', params: host.view('returned') })
    if (before !== 'removed') return host.presence.announce('online')
    this.#comeBack()
    for (const delayMs of COME_BACK_MS) this.#engine.clock.after(delayMs, () => this.#comeBack())
  }

  #comeBack(): void {
    if (this.#now !== 'in' || this.#engine.hosts.get(this.#host.id) !== this.#host) return
    this.#host.presence.announce('online')
    this.#host.keys.tellCurrent()
    this.#askAll()
  }

  #tellRemoved(): void {
    const removal = this.removal()
    this.#toldOf = this.#removing()?.id
    if (removal === undefined) return
    const { by, reason } = removal
    this.#engine.emit({ method: 'kicked', params: { room: this.#host.id, by, reason } })
    this.#engine.emit({ method: 'room', params: this.#host.view('removed') })
  }

  #askAll(): void {
    for (const session of this.#engine.sessions.values()) if (session.shares(this.#host)) this.#host.sync.pull(session)
  }

  #standing(): Standing {
    const { state } = this.#host.machine
    if (state.closed) return 'closed'
    return isPermitted(state, this.#engine.self.identity, this.#engine.clock.nowMs()) ? 'in' : 'removed'
  }

  #removals() {
    const { state } = this.#host.machine
    const { identity } = this.#engine.self
    return state.removals.filter((removal) => removal.target === identity)
  }

  /** What keeps this node's person out; of several the one that lasts longest. */
  #removing(): Act | undefined {
    const nowUs = this.#engine.clock.nowMs() * 1000
    const lasting = this.#removals().filter(({ untilUs }) => untilUs === null || untilUs >= nowUs)
    const [longest] = lasting.sort((left, right) => (right.untilUs ?? Infinity) - (left.untilUs ?? Infinity))
    return longest === undefined ? undefined : this.#host.machine.rights.authority.book.actById(longest.record)
  }
}

export function actView({ id }: Pick<RoomHost, 'id'>, record: ExplainedRecord, { timeUs, deed }: Act): ActView {
  return {
    room: id,
    record: record.id,
    ...timeOf(timeUs),
    action: record.kind,
    by: record.author,
    ...(deed.target === undefined ? {} : { target: deed.target }),
    effective: record.effective,
    text: record.text
  }
}
