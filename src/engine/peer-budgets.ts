/**
 * What each kind of message of the member stream may cost, in one table: a kind without a row does not compile. test/hostile/amplification.test.ts measures
 * what comes of it. All of it is counted by PeerId and by host and outlives the stream, see source-budget.ts.
 */
import type { Rate } from '../core/bucket.ts'
import { MAX_ROOMS_PER_PEER } from '../core/record/limits.ts'
import type { MemberMessage } from '../core/room/member-protocol.ts'
import { ServedFilter } from './served-filter.ts'
import { SourceBudget } from './source-budget.ts'
import type { Source } from './source-budget.ts'

const KIB = 1024
const MIB = 1024 * KIB

type Kind = MemberMessage['type']

/** `null`: what was asked for is taken, and nothing else. */
export const MEMBER_BUDGETS = {
  /** Messages. Beyond, the newest counts a little later. */
  hello: { burst: 16, perSecond: 0.5 },
  /** The same. A program that joins room after room says each time in which it is. */
  rooms: { burst: 32, perSecond: 1 },
  /** Bytes of answers; later beyond. A genesis has some 400. */
  find: { burst: 32 * KIB, perSecond: KIB / 2 },
  /** Candidates; each costs a signature. Beyond, they are not looked at. */
  found: { burst: 1024, perSecond: 16 },
  /** Keys that are new here, for each room: each is stored, and told to all members. Beyond, the newest are taken first, and the others later. */
  epochs: { burst: 32, perSecond: 0.2 },
  /** Answers, in allowances: one is all ids of the room, twice. Later beyond. */
  reconcile: { burst: 1, perSecond: 1 / 60 },
  /** Bytes of records that the peer was given before; beyond, they are not given again. What it was not given yet is not counted here. */
  want: { burst: 256 * KIB, perSecond: 4 * KIB },
  records: null,
  /** Peers that it tells of. Beyond, they are not heard of. */
  peers: { burst: 64, perSecond: 1 },
  /** Messages: in each room that both share, whether the peer has enough others. Beyond, what it said before counts. */
  enough: { burst: 2 * MAX_ROOMS_PER_PEER, perSecond: 2 },
  /** Ids of what nobody here waits to hear of. Beyond, the message is passed over. */
  held: { burst: 16_384, perSecond: 256 },
  /** Each costs a signature. Beyond, it is not looked at. */
  elsewhere: { burst: 8, perSecond: 0.1 }
} as const satisfies Record<Kind, Rate | null>

/** A meeting in a room: keys, introductions, presence, what is stored of it. Later beyond. Connections that break are made again within seconds. */
const MEETINGS: Rate = { burst: 8, perSecond: 0.1 }
/** Introductions to the others of a room, and of them. None beyond: they have heard of it. */
const INTRODUCTIONS: Rate = { burst: 3, perSecond: 1 / 60 }
/** Meetings in all rooms. */
const MEETINGS_IN_ALL: Rate = { burst: 2 * MAX_ROOMS_PER_PEER, perSecond: 4 }
/** What is told whoever connects: rooms and names, as proofs and hashes. Later beyond. */
const GREETINGS: Rate = { burst: 16, perSecond: 0.2 }
/** Looking for records that are not here, in ids. Later beyond: who reconciled asks for what is here. */
const MISSES: Rate = { burst: 16_384, perSecond: 1024 }
/** Bytes of records in all. Later beyond: a million lines are 350 MB. */
const BULK: Rate = { burst: 512 * MIB, perSecond: 4 * MIB }
/** Answering reconciliations, in tokens of some tenths of a millisecond. All rooms that two nodes can share, at once, are within it. */
const COMPARING: Rate = { burst: 1024, perSecond: 64 }

/** One allowance of a reconciliation, in bytes: the ids of a set of so many items are listed twice. */
export function allowanceBytes(items: number): number {
  return 64 * KIB + 80 * items
}

/** Peers of whom it is remembered what they were given, in 256 KiB each at the most. */
const MAX_SERVED = 32

export class PeerBudgets {
  readonly hello = new SourceBudget(MEMBER_BUDGETS.hello)
  readonly rooms = new SourceBudget(MEMBER_BUDGETS.rooms)
  readonly find = new SourceBudget(MEMBER_BUDGETS.find)
  readonly found = new SourceBudget(MEMBER_BUDGETS.found)
  readonly epochs = new SourceBudget(MEMBER_BUDGETS.epochs)
  readonly reconcile = new SourceBudget(MEMBER_BUDGETS.reconcile)
  /** The same for what this node says when it pulls: a liar could have it list all that it has, again and again. */
  readonly pulls = new SourceBudget(MEMBER_BUDGETS.reconcile)
  readonly want = new SourceBudget(MEMBER_BUDGETS.want)
  readonly peers = new SourceBudget(MEMBER_BUDGETS.peers)
  readonly enough = new SourceBudget(MEMBER_BUDGETS.enough)
  readonly held = new SourceBudget(MEMBER_BUDGETS.held)
  readonly elsewhere = new SourceBudget(MEMBER_BUDGETS.elsewhere)
  readonly greetings = new SourceBudget(GREETINGS)
  readonly misses = new SourceBudget(MISSES)
  readonly bulk = new SourceBudget(BULK)
  readonly comparing = new SourceBudget(COMPARING)
  readonly introductions = new SourceBudget(INTRODUCTIONS)
  readonly #meetings = new SourceBudget(MEETINGS)
  readonly #meetingsInAll = new SourceBudget(MEETINGS_IN_ALL)
  readonly #served = new Map<string, ServedFilter>()

  /** Takes one meeting in a room and returns 0, or how long until there is one, ms. */
  meetAfterMs(source: Source, room: string, nowMs: number): number {
    const waitMs = Math.max(this.#meetings.waitMs(source, 1, nowMs, room), this.#meetingsInAll.waitMs(source, 1, nowMs))
    if (waitMs > 0) return waitMs
    this.#meetings.take(source, 1, nowMs, room)
    this.#meetingsInAll.take(source, 1, nowMs)
    return 0
  }

  /** Which records a peer was given lately. */
  servedTo(peerId: string): ServedFilter {
    const ids = this.#served.get(peerId) ?? new ServedFilter()
    this.#served.delete(peerId)
    if (this.#served.size >= MAX_SERVED) this.#served.delete(this.#served.keys().next().value!)
    this.#served.set(peerId, ids)
    return ids
  }
}
