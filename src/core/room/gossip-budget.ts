/**
 * What may be gossiped in a room that is never stored: so much by each author, whoever passes it on, and so much by each who passes it on, whoever its
 * authors are, since identities cost nothing. What is stored has limits by the set of records, see authority/pace.ts.
 */
import { Bucket, KeyedBuckets } from '../bucket.ts'
import { KIND } from '../record/kinds.ts'
import {
  EPHEMERAL_AUTHOR_BURST, EPHEMERAL_AUTHOR_PER_S, EPHEMERAL_FORWARDER_BURST, EPHEMERAL_FORWARDER_PER_S, EPHEMERAL_UNIT_BYTES,
  LATE_FETCH_BURST, LATE_FETCHES_PER_S, MAX_MEMBERS, MISSING_BURST, MISSING_PER_S
} from '../record/limits.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'

/** Those who pass on: a node has 64 connections, a server some hundred. */
const MAX_FORWARDERS = 1024

export class GossipBudget {
  readonly #authors = new KeyedBuckets({ burst: EPHEMERAL_AUTHOR_BURST, perSecond: EPHEMERAL_AUTHOR_PER_S }, MAX_MEMBERS)
  readonly #forwarders = new KeyedBuckets({ burst: EPHEMERAL_FORWARDER_BURST, perSecond: EPHEMERAL_FORWARDER_PER_S }, MAX_FORWARDERS)
  readonly #fetches = new KeyedBuckets({ burst: LATE_FETCH_BURST, perSecond: LATE_FETCHES_PER_S }, MAX_FORWARDERS)

  #missing: Bucket | undefined

  /**
   * Whether a record is worth a look at its signature. Books it to who passed it on; to its author only by {@link heard}, or others could use up what
   * is the author's.
   */
  mayHear(record: SignedRecord, from: string | undefined, nowMs: number): boolean {
    const units = unitsOf(record)
    if (!this.#authors.of(record.author, nowMs).has(units, nowMs)) return false
    return from === undefined || this.#forwarders.of(from, nowMs).take(units, nowMs)
  }

  /** It is authentic, and was not heard before. */
  heard(record: SignedRecord, nowMs: number): void {
    this.#authors.of(record.author, nowMs).take(unitsOf(record), nowMs)
  }

  /** Of the ids that are missing those that are asked for now. The others come later: any number can be named that do not exist. */
  mayAskFor(ids: readonly RecordId[], nowMs: number): RecordId[] {
    const bucket = this.#missing ??= new Bucket(MISSING_BURST, MISSING_PER_S, nowMs)
    return ids.filter(() => bucket.take(1, nowMs))
  }

  /** Whether members are asked for a message that somebody gossips too late. */
  mayFetch(from: string | undefined, nowMs: number): boolean {
    return from === undefined || this.#fetches.of(from, nowMs).take(1, nowMs)
  }
}

function unitsOf({ kind, bytes }: SignedRecord): number {
  return kind === KIND.presence ? 1 : Math.ceil(bytes.length / EPHEMERAL_UNIT_BYTES)
}
