/**
 * Who wrote a message is told that it is here: at once over a connection, if there is one. If there is none and a server passed it on, the author may
 * reach others by that server alone, and what a server was given counts for nothing: then this node says soon that it is present, which names what it
 * holds. Others who have it keep silent when they hear that.
 */
import { MAX_OWED_RECEIPTS } from '../core/record/limits.ts'
import type { Identity } from '../core/record/keys.ts'
import type { RecordId, SignedRecord } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { RoomHost } from './room-host.ts'

/** Within so long somebody of a large room answers; of a small one sooner, for each who could. Frames take a tenth of it to the others, who then need not. */
const LONGEST_MS = 2_000
const LONGEST_EACH_MS = 250
/**
 * Nobody answers twice within a second for each who could, so that they are one a second in the room at the most, whatever is said in it. With 28 that is
 * as often as they would say that they are there anyway. Two seconds at least: what is named sooner, the author does not look through.
 */
const PAUSE_EACH_MS = 1_000
const PAUSE_MS = 2_000
/** While something is missing, presence acknowledges nothing; it is looked again after this. */
const MISSING_MS = 1_000

export class RoomReceipts {
  readonly #engine: Engine
  readonly #host: RoomHost
  /** By author, the newest of their messages that nobody else was heard to hold. What they said before it lies in its past. */
  readonly #owed = new Map<Identity, RecordId>()
  #timer: (() => void) | undefined

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
  }

  /** A record was stored. `fromPeerId`: whoever sent it. */
  stored(record: SignedRecord, fromPeerId: string | undefined): void {
    if (record.graph !== 'message') return
    this.named(record.author, record.parents)
    const { self, sessions, delivery } = this.#engine
    if (record.author === self.identity) return
    delivery.named(record.parents, this.#host.id, record.author)
    const authors = [...sessions.values()].filter((session) => session.identity === record.author && session.shares(this.#host))
    for (const session of authors) session.acknowledge(this.#host, record.id)
    const isForwarded = fromPeerId !== undefined && sessions.get(fromPeerId)?.shares(this.#host) !== true
    if (authors.length > 0 || !isForwarded || (this.#owed.size >= MAX_OWED_RECEIPTS && !this.#owed.has(record.author))) return
    this.#owed.set(record.author, record.id)
    this.#timer ??= this.#engine.clock.after(this.#delayMs(), () => this.#give())
  }

  /** Somebody names these as what they hold, and their authors hear it as well. */
  named(by: Identity, ids: readonly RecordId[]): void {
    if (this.#owed.size === 0) return
    for (const [author, id] of this.#owed) if (author !== by && ids.includes(id)) this.#owed.delete(author)
    if (this.#owed.size === 0) this.end()
  }

  /** Nothing is owed any more: this node said what it holds. */
  end(): void {
    this.#owed.clear()
    this.#timer?.()
    this.#timer = undefined
  }

  #give(): void {
    const { machine, presence } = this.#host
    if (machine.graph.gaps.size > 0) this.#timer = this.#engine.clock.after(MISSING_MS, () => this.#give())
    else presence.announce('online')
  }

  /** Few come early and most late, so that in a room of any size one or two have answered before the others' time has come (RFC 5740, section 5.1.1.1). */
  #delayMs(): number {
    const { clock, random, self } = this.#engine
    const others = this.#host.roster.all().filter(({ identity, presence }) => presence !== 'offline' && identity !== self.identity)
    // The author is one of the others, and need not be known to be there.
    const answering = Math.max(1, others.length)
    const longestMs = Math.min(LONGEST_MS, LONGEST_EACH_MS * answering)
    const bend = Math.log(answering) + 1
    const [high = 0, low = 0] = random.bytes(2)
    const uniform = (high * 256 + low) / 65_536
    const delayMs = (longestMs / bend) * Math.log1p(uniform * Math.expm1(bend))
    const pauseMs = Math.max(PAUSE_MS, PAUSE_EACH_MS * answering)
    return Math.max(delayMs, pauseMs - elapsedMs(this.#host.presence.announcedMs, clock.nowMs()))
  }
}
