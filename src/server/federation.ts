/**
 * The servers that this one acts with: those that its operator named, and whose operators named this one. It hears what they say, names them to its
 * users, and passes their word on. Where only one side named the other nothing is passed on, and both operators are told.
 */
import type { FederatedServer, ServerBan } from '../core/server/payloads.ts'
import type { Have } from '../core/server/messages.ts'
import type { Statement } from '../core/server/statement.ts'
import type { Network } from '../engine/ports.ts'
import { Servers } from '../engine/servers.ts'
import type { ServersComponents } from '../engine/servers.ts'

/** A server as the operator named it. */
export interface NamedServer {
  readonly peerId: string
  readonly addresses: readonly string[]
}

export interface FederationEvents {
  /** A server is connected and said who it is, or changed its mind about acting with this one. */
  onMet(peerId: string): void
  /** One of those that it acts with said something new. */
  onStatement(statement: Statement, kind: 'announcement' | 'bans' | 'federation'): void
}

export type FederationComponents = ServersComponents & { readonly network: Pick<Network, 'dialAlso' | 'keep'> }

export class Federation {
  readonly servers: Servers
  readonly #parts: FederationComponents
  #named: ReadonlyMap<string, readonly string[]> = new Map()

  /** @throws {StoreError} */
  constructor(named: readonly NamedServer[], parts: FederationComponents, events: FederationEvents) {
    this.#parts = parts
    this.#named = byPeer(named)
    this.servers = new Servers({ chosen: [...this.#named.keys()], honourBans: true, federates: true }, parts)
    this.servers.onSession = ({ peerId }) => events.onMet(peerId)
    this.servers.onChanged = ({ peerId }) => events.onMet(peerId)
    this.servers.onNews = ({ statement, kind }) => {
      // Whom they act with is their word to their own users; ours hear of those that we named.
      if (kind !== 'federation' && this.#acting().some(({ identity }) => identity === statement.author)) events.onStatement(statement, kind)
    }
  }

  start(): void {
    this.#seek()
    this.servers.start()
  }

  /** These are named from now on. @throws {StoreError} */
  name(named: readonly NamedServer[]): void {
    this.#named = byPeer(named)
    this.servers.choose([...this.#named.keys()])
    this.#seek()
  }

  names(peerId: string): boolean {
    return this.#named.has(peerId)
  }

  get named(): readonly NamedServer[] {
    return [...this.#named].map(([peerId, addresses]) => ({ peerId, addresses }))
  }

  get connected(): number {
    return [...this.#named.keys()].filter((peerId) => this.servers.sessions.has(peerId)).length
  }

  get acting(): number {
    return this.#acting().length
  }

  /** Whether that server said last, if it ever said so, that it acts with this one. */
  isMutual(peerId: string): boolean {
    return this.#acting().some((known) => known.peerId === peerId)
  }

  /** As they are named to users: where the operator said that they are. */
  entries(): FederatedServer[] {
    const entries = this.#acting().map(({ identity, peerId }) => ({ identity, peerId, addresses: this.#named.get(peerId) ?? [] }))
    return entries.sort((left, right) => (left.peerId < right.peerId ? -1 : 1))
  }

  banOf(who: string): ServerBan | undefined {
    return this.#acting().map(({ identity }) => this.servers.trust.book.ban(identity, who, this.#parts.clock.nowMs())).find(Boolean)
  }

  /** What they said and is newer than what somebody has. */
  news(have: (server: string) => Have): Statement[] {
    const nowMs = this.#parts.clock.nowMs()
    const { book } = this.servers.trust
    return this.entries().flatMap(({ identity }) => book.newerThan(identity, { ...have(identity), federation: Infinity }, nowMs))
  }

  /** What one of them said and is in force. */
  wordOf(peerId: string): Statement[] {
    const { identity } = this.#acting().find((known) => known.peerId === peerId) ?? {}
    if (identity === undefined) return []
    return this.servers.trust.book.newerThan(identity, { bans: 0, federation: Infinity }, this.#parts.clock.nowMs())
  }

  #acting(): { readonly identity: string; readonly peerId: string }[] {
    return this.servers.trust.chosen().filter(({ peerId, federates }) => federates && this.#named.has(peerId))
  }

  #seek(): void {
    const { network } = this.#parts
    network.dialAlso([...this.#named.values()].flat())
    network.keep([...this.#named.keys()])
  }
}

function byPeer(named: readonly NamedServer[]): Map<string, readonly string[]> {
  return new Map(named.map(({ peerId, addresses }) => [peerId, addresses]))
}
