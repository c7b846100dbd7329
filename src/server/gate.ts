/** Who is served: not the banned, not those who were kicked a moment ago, and where there is a list of the admitted, only those. */
import type { Identity } from '../core/record/keys.ts'
import { MAX_KNOWN_NODES } from '../core/record/limits.ts'
import { refuse } from '../core/refusal.ts'
import type { Refusal } from '../core/refusal.ts'
import type { ServerBan } from '../core/server/payloads.ts'
import type { Clock } from '../engine/ports.ts'

/** A kick is for so long: less would be undone by the next redial. */
export const KICK_MS = 60_000

export interface GateRules {
  /** The ban in force of an identity or PeerId, ours or of a server that we act with. */
  banOf(who: string): ServerBan | undefined
  /** Undefined: everybody. */
  admitted(): ReadonlySet<Identity> | undefined
  /** Whom the operator authorised is served in any case. */
  isOperator(identity: Identity): boolean
  /** And the servers that this one acts with, or they could not. By PeerId. */
  isFriend(peerId: string): boolean
}

export class Gate {
  readonly #rules: GateRules
  readonly #clock: Clock
  readonly #speaksFor = new Map<string, Identity>()
  readonly #kickedUntil = new Map<string, number>()

  constructor(rules: GateRules, clock: Clock) {
    this.#rules = rules
    this.#clock = clock
  }

  /** Asked at every handshake. A node that was never met has not said whom it speaks for: it may come and say so. */
  isDenied(peerId: string): boolean {
    const identity = this.#speaksFor.get(peerId)
    if (identity !== undefined) return this.refusal(peerId, identity) !== undefined
    return this.#isKicked(peerId) || (!this.#rules.isFriend(peerId) && this.#rules.banOf(peerId) !== undefined)
  }

  refusal(peerId: string, identity: Identity): Refusal | undefined {
    this.#remember(peerId, identity)
    // Another server's list must not shut out who commands this one.
    const exempt = this.#rules.isOperator(identity) || this.#rules.isFriend(peerId)
    const ban = exempt ? undefined : this.#rules.banOf(peerId) ?? this.#rules.banOf(identity)
    if (ban !== undefined) {
      const end = ban.untilMs === null ? '' : ` until ${new Date(ban.untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
      return refuse('banned', `You are banned from this server${end}${ban.reason === '' ? '' : `: ${ban.reason}`}.`)
    }
    if (this.#isKicked(peerId) || this.#isKicked(identity)) return refuse('kicked', 'You were sent away; try again in a minute.')
    const admitted = this.#rules.admitted()
    if (exempt || admitted === undefined || admitted.has(identity)) return undefined
    return refuse('not-admitted', 'This server serves only those on its list; ask its operator to add your identity.')
  }

  kick(who: string): void {
    const nowMs = this.#clock.nowMs()
    for (const [name, untilMs] of this.#kickedUntil) if (untilMs <= nowMs) this.#kickedUntil.delete(name)
    this.#kickedUntil.set(who, nowMs + KICK_MS)
  }

  #isKicked(who: string): boolean {
    return (this.#kickedUntil.get(who) ?? 0) > this.#clock.nowMs()
  }

  #remember(peerId: string, identity: Identity): void {
    const known = this.#speaksFor
    if (!known.has(peerId) && known.size >= MAX_KNOWN_NODES) known.delete(known.keys().next().value!)
    known.set(peerId, identity)
  }
}
