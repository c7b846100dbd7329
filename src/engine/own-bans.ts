/**
 * Bans of this node by servers whose lists it has. Who is banned leaves its servers alone, and asks ever more seldom. When a ban ends, by its time or since
 * a newer list is without it, they are tried at once.
 */
import type { Identity } from '../core/record/keys.ts'
import type { Self } from './context.ts'
import type { Clock, Network } from './ports.ts'
import type { ServerTrust } from './server-trust.ts'

interface OwnBansComponents {
  readonly network: Pick<Network, 'peerId' | 'tryAgain'>
  readonly clock: Clock
  readonly self: Self
}

export class OwnBans {
  readonly #trust: ServerTrust
  readonly #parts: OwnBansComponents
  #by: ReadonlySet<Identity> = new Set()

  constructor(trust: ServerTrust, parts: OwnBansComponents) {
    this.#trust = trust
    this.#parts = parts
  }

  /** Called every few seconds, and when a list is new. */
  review(): void {
    const { network, clock, self } = this.#parts
    const { book, chosenPeers } = this.#trust
    const nowMs = clock.nowMs()
    const before = this.#by
    const names = [self.identity, network.peerId]
    const isBannedBy = (server: Identity): boolean => names.some((name) => book.ban(server, name, nowMs) !== undefined)
    this.#by = new Set(this.#trust.trusted().filter(isBannedBy))
    if ([...before].every((server) => this.#by.has(server))) return
    // Servers that act together refuse whom one of them banned.
    network.tryAgain([...chosenPeers, ...this.#trust.friends().map(({ peerId }) => peerId)])
  }
}
