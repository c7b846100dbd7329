/**
 * What one peer may ask on a connection of the protocols that libp2p answers by itself: streams that it opens, and bytes that it writes on them. An honest
 * peer needs a small part; whoever goes beyond has its connection ended. Rooms and servers count what they are asked themselves, on streams that stay.
 */
import { Bucket } from '../../core/bucket.ts'
import { TransportViolation } from './violation.ts'

const KIB = 1024

interface Budget {
  /** Streams at once, and for each second. */
  readonly openings: readonly [burst: number, perSecond: number]
  /** Bytes at once, and for each second; not where others' connections are carried, which have a quota. */
  readonly bytes?: readonly [burst: number, perSecond: number]
}

const SELDOM: Budget = { openings: [16, 1 / 4] }
const OTHERS: Budget = { openings: [128, 16] }
/** A node that is in 256 rooms asks the only server of its DHT three questions about each, four rooms at a time, when it starts or its addresses change. */
const DHT: Budget = { openings: [1024, 32], bytes: [512 * KIB, 32 * KIB] }

/** By protocol. */
export const BUDGETS: Readonly<Record<string, Budget>> = {
  // Our own pings are those of the muxer; those of others are 32 bytes each, every ten seconds.
  '/ipfs/ping/1.0.0': { openings: [16, 1 / 2], bytes: [KIB, 64] },
  // Once for each connection, to be told who this is: the peer writes nothing.
  '/ipfs/id/1.0.0': { openings: [8, 1 / 8], bytes: [KIB, 64] },
  '/p2pchat/kad/1.0.0': DHT,
  '/ipfs/kad/1.0.0': DHT,
  // A question with up to 100 KB of padding, so that nobody is dialled for less than it costs to ask (AutoNAT 2).
  '/libp2p/autonat/2/dial-request': { openings: [16, 1 / 4], bytes: [512 * KIB, 16 * KIB] },
  '/libp2p/autonat/2/dial-back': { ...SELDOM, bytes: [16 * KIB, KIB] },
  '/libp2p/dcutr': { ...SELDOM, bytes: [64 * KIB, KIB] },
  // One for every peer that is reached through the relay, and all at once when it came back.
  '/libp2p/circuit/relay/0.2.0/hop': { openings: [128, 4] },
  '/libp2p/circuit/relay/0.2.0/stop': { openings: [128, 8] },
  '/meshsub/1.2.0': SELDOM,
  '/meshsub/1.1.0': SELDOM,
  '/meshsub/1.0.0': SELDOM,
  '/p2pchat/member/1.0.0': { openings: [32, 1] },
  '/p2pchat/server/1.0.0': { openings: [32, 1] }
}

export class ProtocolBudgets {
  readonly #spent = new Map<string, { readonly openings: Bucket; readonly bytes: Bucket | undefined }>()

  /** The peer opened a stream. @throws {TransportViolation} beyond the budget. */
  opening(protocol: string, nowMs: number): void {
    if (this.#of(protocol, nowMs).openings.take(1, nowMs) === false) throw new TransportViolation(`too many streams of ${protocol}`)
  }

  /** The peer wrote on a stream that it opened. @throws {TransportViolation} beyond the budget. */
  bytes(protocol: string, count: number, nowMs: number): void {
    if (this.#of(protocol, nowMs).bytes?.take(count, nowMs) === false) throw new TransportViolation(`too much on ${protocol}`)
  }

  #of(protocol: string, nowMs: number): { readonly openings: Bucket; readonly bytes: Bucket | undefined } {
    const budget = BUDGETS[protocol] ?? OTHERS
    const known = this.#spent.get(protocol)
    if (known !== undefined) return known
    const spent = {
      openings: new Bucket(...budget.openings, nowMs),
      bytes: budget.bytes === undefined ? undefined : new Bucket(...budget.bytes, nowMs)
    }
    this.#spent.set(protocol, spent)
    return spent
  }
}
