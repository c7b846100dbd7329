/**
 * Peers that do not want this node: they say so, or close each connection at once, as a server does in the handshake with those whom it banned. Whatever
 * would dial them (the redial loop, the DHT, a relay) waits, longer each time, so that being refused costs the other side next to nothing.
 */

/** A connection that is shorter, and on which nobody said anything, is one that was refused. */
const BRIEF_MS = 3000
/** One or two may be an accident: a process that restarts. */
const BRIEF_TRIES = 3
/** A ban that is lifted by hand is noticed within this, and the 60 s of a redial. It costs the other side one handshake in one to two minutes. */
const MAX_WAIT_MS = 120_000
/** Peers that are remembered; who refused longest ago is forgotten first. */
const MAX_REFUSERS = 512

export interface TurnedAwayInit {
  /** The wait is this after no refusal, doubled with each. */
  readonly firstMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

interface Open {
  readonly sinceMs: number
  /** Its protocol of ours is in use. */
  talks: boolean
  refused: boolean
}

export class TurnedAway {
  readonly #init: TurnedAwayInit
  readonly #open = new Map<string, Open>()
  readonly #refusers = new Map<string, { readonly times: number; readonly untilMs: number }>()

  constructor(init: TurnedAwayInit) {
    this.#init = init
  }

  /** The first connection to a peer is up. */
  connected(peerId: string, nowMs: number): void {
    this.#open.set(peerId, { sinceMs: nowMs, talks: false, refused: false })
  }

  /** A stream of ours is open on it. */
  talks(peerId: string): void {
    const open = this.#open.get(peerId)
    if (open !== undefined) open.talks = true
  }

  /** The peer says that it does not want this node. */
  refused(peerId: string, nowMs: number): void {
    const open = this.#open.get(peerId)
    if (open !== undefined) open.refused = true
    const times = this.#refusers.get(peerId)?.times ?? 0
    this.#note(peerId, Math.max(times + 1, BRIEF_TRIES), nowMs)
  }

  /** The last connection is gone. */
  disconnected(peerId: string, nowMs: number): void {
    const open = this.#open.get(peerId)
    this.#open.delete(peerId)
    if (open === undefined || open.refused) return
    if (open.talks || nowMs - open.sinceMs >= BRIEF_MS) this.#refusers.delete(peerId)
    else this.#note(peerId, (this.#refusers.get(peerId)?.times ?? 0) + 1, nowMs)
  }

  /** Whether it is left alone for now. */
  waits(peerId: string, nowMs: number): boolean {
    return nowMs < (this.#refusers.get(peerId)?.untilMs ?? 0)
  }

  /** A person wants to try all the same, or it is known that the reason is gone. */
  forgive(peerId: string): void {
    this.#refusers.delete(peerId)
  }

  #note(peerId: string, times: number, nowMs: number): void {
    const { firstMs, random } = this.#init
    const waitMs = times < BRIEF_TRIES ? 0 : Math.min(MAX_WAIT_MS, firstMs * 2 ** times) * (0.5 + 0.5 * random())
    this.#refusers.delete(peerId)
    this.#refusers.set(peerId, { times, untilMs: nowMs + waitMs })
    if (this.#refusers.size > MAX_REFUSERS) this.#refusers.delete(this.#refusers.keys().next().value!)
  }
}
