/** The servers that this one acts with: it hears what they say, names them to its users, and passes their word on. */
import type { FederatedServer, ServerBan } from '../core/server/payloads.ts'
import type { Have } from '../core/server/messages.ts'
import type { Statement } from '../core/server/statement.ts'
import { Servers } from '../engine/servers.ts'
import type { ServersComponents } from '../engine/servers.ts'

/** A server as the operator named it. */
export interface NamedServer {
  readonly peerId: string
  readonly addresses: readonly string[]
}

export interface FederationEvents {
  /** A server is connected, and whom it speaks for is known. */
  onMet(peerId: string): void
  /** One of them said something new. */
  onStatement(statement: Statement, kind: 'announcement' | 'bans' | 'federation'): void
}

export class Federation {
  readonly servers: Servers
  readonly #named: readonly NamedServer[]
  readonly #parts: ServersComponents

  /** @throws {StoreError} */
  constructor(named: readonly NamedServer[], parts: ServersComponents, events: FederationEvents) {
    this.#named = named
    this.#parts = parts
    this.servers = new Servers({ chosen: named.map(({ peerId }) => peerId), honourBans: true }, parts)
    this.servers.onSession = ({ peerId }) => events.onMet(peerId)
    this.servers.onNews = ({ statement, kind }) => {
      // Whom they act with is their word to their own users; ours hear of those that we named.
      if (kind !== 'federation') events.onStatement(statement, kind)
    }
  }

  get named(): number {
    return this.#named.length
  }

  get connected(): number {
    return this.servers.sessions.size
  }

  /** Those whose identity is known, as they are named to users: where the operator said that they are. */
  entries(): FederatedServer[] {
    const met = this.servers.trust.chosen().map(({ identity, peerId }) => {
      return { identity, peerId, addresses: this.#named.find((one) => one.peerId === peerId)?.addresses ?? [] }
    })
    return met.sort((left, right) => (left.peerId < right.peerId ? -1 : 1))
  }

  banOf(who: string): ServerBan | undefined {
    return this.entries().map(({ identity }) => this.servers.trust.book.ban(identity, who, this.#parts.clock.nowMs())).find(Boolean)
  }

  /** What they said and is newer than what somebody has. */
  news(have: (server: string) => Have): Statement[] {
    const nowMs = this.#parts.clock.nowMs()
    const { book } = this.servers.trust
    return this.entries().flatMap(({ identity }) => book.newerThan(identity, { ...have(identity), federation: Infinity }, nowMs))
  }
}
