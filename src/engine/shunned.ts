/** Peers that did what no honest node does, too often: for a while no connection with them is kept. */
import { elapsedMs } from './elapsed.ts'
import type { Clock, Network } from './ports.ts'

/** Long enough that what an attack costs its author is more than what it costs us, short enough for who had a bug to come back. */
const SHUNNED_MS = 300_000
/** PeerIds cost nothing: who uses up so many has other ways. */
const MAX_SHUNNED = 4096

export class Shunned {
  readonly #clock: Clock
  readonly #network: Network
  readonly #sinceMs = new Map<string, number>()

  constructor({ clock, network }: { clock: Clock; network: Network }) {
    this.#clock = clock
    this.#network = network
  }

  /** Ends the connection, and does not take it up again for a while. */
  cut(peerId: string, why: string): void {
    this.#sinceMs.delete(peerId)
    this.#sinceMs.set(peerId, this.#clock.nowMs())
    if (this.#sinceMs.size > MAX_SHUNNED) this.#sinceMs.delete(this.#sinceMs.keys().next().value!)
    this.#network.disconnect(peerId, why)
  }

  has(peerId: string): boolean {
    const sinceMs = this.#sinceMs.get(peerId)
    if (sinceMs === undefined) return false
    if (elapsedMs(sinceMs, this.#clock.nowMs()) < SHUNNED_MS) return true
    this.#sinceMs.delete(peerId)
    return false
  }
}
