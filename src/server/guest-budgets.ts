/**
 * What each node may have this server do, by kind of request. Counted by PeerId and by host and kept when a stream ends, see engine/source-budget.ts.
 * test/hostile/amplification measures what comes of it.
 */
import {
  MAX_FORWARDED_PER_PEER, MAX_LISTED_PER_OWNER, MAX_SERVER_REFUSALS, SERVER_REQUEST_BURST, SERVER_REQUESTS_PER_S
} from '../core/record/limits.ts'
import { SourceBudget } from '../engine/source-budget.ts'

const KIB = 1024

export class GuestBudgets {
  /** Requests that are answered. Beyond, they are refused. */
  readonly requests = new SourceBudget({ burst: SERVER_REQUEST_BURST, perSecond: SERVER_REQUESTS_PER_S })
  /** Requests beyond that, before the connection is ended. */
  readonly refusals = new SourceBudget({ burst: MAX_SERVER_REFUSALS, perSecond: 0.2 })
  /** Bytes of answers; those to operators are not counted. Beyond, requests are refused. */
  readonly answers = new SourceBudget({ burst: 256 * KIB, perSecond: 4 * KIB })
  /** Bytes of what is in force, which is told whoever comes. Later beyond. */
  readonly news = new SourceBudget({ burst: 256 * KIB, perSecond: KIB })
  /** Lists of names under which a node is found. Beyond, the newest counts a little later; so do topics. */
  readonly under = new SourceBudget({ burst: 16, perSecond: 0.5 })
  /** Topics that are taken up or given up, of which every connected node is told. */
  readonly topics = new SourceBudget({ burst: 2 * MAX_FORWARDED_PER_PEER, perSecond: 0.1 })
  /** Wishes for the public list: each writes this server's state. */
  readonly listings = new SourceBudget({ burst: 2 * MAX_LISTED_PER_OWNER, perSecond: 1 / 60 })
}
