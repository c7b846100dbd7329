/**
 * Pass 0: who owns the room. Generations are ended by the reclaim token, and within a generation terms follow each other by transfers. Whether a
 * record is a candidate depends on its own past alone and so never changes; which candidate wins depends on the set.
 */
import { toHex } from '../record/bytes.ts'
import type { Identity } from '../record/keys.ts'
import type { RoomId } from '../record/record.ts'
import type { Act } from './act.ts'
import { payloadOf } from './act.ts'
import type { TokenProof } from './actions/token-proof.ts'
import { verifyTokenProof } from './actions/token-proof.ts'
import { reclaim } from './actions/reclaim.ts'
import { rotateToken } from './actions/rotate-token.ts'
import { transfer } from './actions/transfer.ts'
import type { AuthorityGraph } from './graph.ts'
import { append } from './ledger.ts'

/** Who owns the room, as a set of records has it. */
export interface Ownership {
  readonly generation: number
  /** What began the generation. */
  readonly start: Act
  /** SHA-256 of the generation's reclaim key, hex. */
  readonly commitment: string
  readonly owner: Identity
  /** What began the owner's term. */
  readonly term: Act
}

export interface Term {
  readonly owner: Identity
  readonly start: Act
  /** What began the next one. */
  end: Act | undefined
}

/** Why a record that would hand over the room is no candidate. */
export type Flaw = 'not-owner' | 'on-oneself' | 'other-generation' | 'bad-proof'

/** What a record that would hand over the room saw in its own past. */
export interface Bid {
  readonly act: Act
  readonly seen: Ownership
  readonly flaw: Flaw | undefined
}

/** The owners one after the other, as a set of records has them. */
export class Line {
  now: Ownership
  readonly terms: Term[] = []
  /** The genesis, and all records that handed over the room or its token. */
  readonly steps = new Set<number>()
  readonly #byOwner = new Map<Identity, Term[]>()

  constructor(first: Ownership) {
    this.now = first
    this.#begin()
  }

  termsOf(person: Identity): readonly Term[] {
    return this.#byOwner.get(person) ?? []
  }

  owners(): Iterable<Identity> {
    return this.#byOwner.keys()
  }

  /** Goes on by a transfer that counts. */
  handOver({ act }: Bid): void {
    this.now = { ...this.now, owner: act.deed.target!, term: act }
    this.#begin()
  }

  /** Goes on by what ended the generation. */
  succeed(end: Bid): void {
    const { act } = end
    const { commitment } = (payloadOf(act, reclaim) ?? payloadOf(act, rotateToken))!
    this.now = { ...this.now, generation: this.now.generation + 1, start: act, commitment: toHex(commitment) }
    this.steps.add(act.index)
    if (!beginsTerm(end)) return
    this.now = { ...this.now, owner: act.author, term: act }
    this.#begin()
  }

  #begin(): void {
    const { owner, term: start } = this.now
    const last = this.terms.at(-1)
    if (last !== undefined) last.end = start
    const term: Term = { owner, start, end: undefined }
    this.terms.push(term)
    append(this.#byOwner, owner, term)
    this.steps.add(start.index)
  }
}

// RULE: A candidate names the generation that it ends, and has its start, and no other candidate to end it, in its past.
export function namesGeneration(proof: TokenProof, seen: Ownership): boolean {
  return proof.generation === seen.generation
}

// RULE: A candidate's reclaim-key signature verifies under the commitment of the generation that it ends.
export function provesToken(room: RoomId, act: Act, parents: readonly string[], proof: TokenProof, seen: Ownership): boolean {
  const { generation, commitment } = proof
  const domain = act.action?.proofDomain ?? ''
  return verifyTokenProof(seen.commitment, proof, { domain, room, generation, owner: act.author, commitment, parents })
}

// RULE: A rotate-token also needs its author to be the owner as seen from its own past.
export function mayRotate(act: Act, seen: Ownership): boolean {
  return act.action !== rotateToken || act.author === seen.owner
}

// RULE: A candidate whose author is the owner as seen from its own past wins before one whose author is not; then the smaller id.
export function outbids(left: Bid, right: Bid): boolean {
  const [leftOwns, rightOwns] = [left.act.author === left.seen.owner, right.act.author === right.seen.owner]
  return leftOwns === rightOwns ? left.act.id < right.act.id : leftOwns
}

// RULE: A transfer is made by the current owner, after that owner's term began and before any other transfer of the term that it knew of.
export function handsOver(act: Act, seen: Ownership): boolean {
  return act.author === seen.owner
}

// RULE: Of concurrent transfers the one with the smaller id begins the next term.
export function comesFirst(left: Bid, right: Bid): boolean {
  return left.act.id < right.act.id
}

// RULE: If the generation has been ended, only transfers in the past of the ending record count.
export function precedesEnd(graph: AuthorityGraph, handover: Bid, end: Bid | undefined): boolean {
  return end === undefined || graph.isPast(handover.act.index, end.act.index)
}

// RULE: After a rotate-token, transfers need it in their past.
export function isOfGeneration(handover: Bid, now: Ownership): boolean {
  return handover.seen.start === now.start
}

// RULE: A reclaim makes its author owner; a rotate-token does not end a term.
export function beginsTerm(end: Bid): boolean {
  return end.act.action === reclaim
}

export class Succession {
  readonly #room: RoomId
  readonly #graph: AuthorityGraph
  readonly #first: Ownership
  readonly #bids = new Map<number, Bid>()
  /** Candidates to end the generation that began with this record. */
  readonly #claims = new Map<number, Bid[]>()
  /** Transfers of the term that began with this record. */
  readonly #handovers = new Map<number, Bid[]>()
  #line: Line

  constructor(genesis: Act, commitment: string, graph: AuthorityGraph) {
    this.#room = genesis.id
    this.#graph = graph
    this.#first = { generation: 0, start: genesis, commitment, owner: genesis.author, term: genesis }
    this.#line = this.lineWithin(() => true)
  }

  get line(): Line {
    return this.#line
  }

  get now(): Ownership {
    return this.#line.now
  }

  get terms(): readonly Term[] {
    return this.#line.terms
  }

  /** Undefined for records that would not hand over the room. */
  bidOf(act: Act): Bid | undefined {
    return this.#bids.get(act.index)
  }

  /** Whether it began a term or ended a generation. */
  won(act: Act): boolean {
    return this.#line.steps.has(act.index)
  }

  /**
   * What stands where this candidate does not: the winner of the same succession, or where the past of this candidate and what is left the
   * line of owners. Undefined for a candidate that won, or was void whoever won.
   */
  winnerOver(act: Act): Act | undefined {
    const bid = this.#bids.get(act.index)
    if (bid === undefined || bid.flaw !== undefined || this.won(act)) return undefined
    for (const before of [bid.seen.start, bid.seen.term]) if (before.index > 0 && !this.won(before)) return this.winnerOver(before)
    const end = best(this.#claims.get(bid.seen.start.index) ?? [], outbids)
    if (end !== undefined && (act.action !== transfer || !precedesEnd(this.#graph, bid, end))) return end.act
    return best(this.#countedHandovers(bid.seen, end), comesFirst)?.act
  }

  /** True when terms changed. Must be given every record, in the order of the graph. */
  add(act: Act, parents: readonly string[]): boolean {
    if (!isBid(act)) return false
    const knowsAll = this.#graph.knowsAll(act.index)
    const inPast = (index: number): boolean => this.#graph.isPast(index, act.index)
    const seen = knowsAll ? this.now : this.lineWithin(inPast).now
    const bid = { act, seen, flaw: this.flawOf(act, parents, seen) }
    this.#bids.set(act.index, bid)
    if (bid.flaw !== undefined) return false
    const isTransfer = act.action === transfer
    append(isTransfer ? this.#handovers : this.#claims, isTransfer ? seen.term.index : seen.start.index, bid)
    // Who knows of all others comes after all of them, and alone.
    if (!knowsAll) this.#line = this.lineWithin(() => true)
    else if (isTransfer) this.#line.handOver(bid)
    else this.#line.succeed(bid)
    return this.won(act)
  }

  /** Whether a candidate that comes, whose own past has this ownership, would win over all here that would follow the same term or generation. */
  wouldLead(act: Act, seen: Ownership): boolean {
    const bid = { act, seen, flaw: undefined }
    const isTransfer = act.action === transfer
    const rivals = isTransfer ? this.#handovers.get(seen.term.index) : this.#claims.get(seen.start.index)
    return (rivals ?? []).every((rival) => (isTransfer ? comesFirst : outbids)(bid, rival))
  }

  /** Why it is no candidate, given who owned the room as its own past has it. */
  flawOf(act: Act, parents: readonly string[], seen: Ownership): Flaw | undefined {
    const proof = payloadOf(act, reclaim) ?? payloadOf(act, rotateToken)
    return proof === undefined ? transferFlaw(act, seen) : this.#claimFlaw(act, parents, proof, seen)
  }

  #claimFlaw(act: Act, parents: readonly string[], proof: TokenProof, seen: Ownership): Flaw | undefined {
    if (!namesGeneration(proof, seen)) return 'other-generation'
    if (!provesToken(this.#room, act, parents, proof, seen)) return 'bad-proof'
    return mayRotate(act, seen) ? undefined : 'not-owner'
  }

  /** Goes from the genesis through generations and terms, as the records that are `within` have them: all ancestors of each of these are, too. */
  lineWithin(within: (index: number) => boolean): Line {
    const line = new Line(this.#first)
    for (;;) {
      const end = best((this.#claims.get(line.now.start.index) ?? []).filter((claim) => within(claim.act.index)), outbids)
      for (;;) {
        const handover = best(this.#countedHandovers(line.now, end).filter((bid) => within(bid.act.index)), comesFirst)
        if (handover === undefined) break
        line.handOver(handover)
      }
      if (end === undefined) return line
      line.succeed(end)
    }
  }

  #countedHandovers(now: Ownership, end: Bid | undefined): Bid[] {
    const bids = this.#handovers.get(now.term.index) ?? []
    return bids.filter((bid) => isOfGeneration(bid, now) && precedesEnd(this.#graph, bid, end))
  }
}

/** Whether it would hand over the room, or its token. */
export function isBid({ action }: Act): boolean {
  return action === transfer || action === reclaim || action === rotateToken
}

function transferFlaw(act: Act, seen: Ownership): Flaw | undefined {
  if (!handsOver(act, seen)) return 'not-owner'
  return act.deed.target === act.author ? 'on-oneself' : undefined
}

function best(bids: readonly Bid[], beats: (left: Bid, right: Bid) => boolean): Bid | undefined {
  return bids.reduce<Bid | undefined>((winner, bid) => (winner === undefined || beats(bid, winner) ? bid : winner), undefined)
}
