/**
 * Whose word counts, and what of it is in force: the servers that a person chose by their PeerId, and those that a chosen one names as acting
 * together with it. Kept across restarts, so that nothing is told twice and a list that was replaced does not come back.
 */
import { asArray, encode, isArray } from '../core/record/codec.ts'
import type { Value } from '../core/record/codec.ts'
import { fromHex } from '../core/record/bytes.ts'
import { identityFrom, isText } from '../core/record/fields.ts'
import type { Identity } from '../core/record/keys.ts'
import { MAX_NICK_BYTES, STATEMENT_BURST, STATEMENTS_PER_S } from '../core/record/limits.ts'
import { isPeerIdText } from '../core/server/payloads.ts'
import type { FederatedServer, ServerBan } from '../core/server/payloads.ts'
import { StatementBook } from '../core/server/statement-book.ts'
import type { News } from '../core/server/statement-book.ts'
import { readStatement } from '../core/server/statement.ts'
import type { Outcome } from '../core/refusal.ts'
import { refuse } from '../core/refusal.ts'
import { Bucket } from '../core/bucket.ts'
import type { Notebook } from './ports.ts'
import { savedFields } from './saved-value.ts'

/** Who a chosen PeerId speaks for, as its binding said when it was last met. */
export interface KnownServer {
  readonly peerId: string
  readonly identity: Identity
  readonly nick: string
  /** To another server: whether it said last that it acts with that one. */
  readonly federates: boolean
}

export interface ServerTrustInit {
  /** PeerIds. */
  readonly chosen: readonly string[]
  /** Addresses that were chosen without a PeerId. */
  readonly unnamed: readonly string[]
  /** Whether the word of those counts whom a chosen one names. */
  readonly friends: boolean
}

const VERSION = 1

export class ServerTrust {
  readonly book: StatementBook
  readonly #friends: boolean
  #chosen: Set<string>
  /** The PeerId that was found first at an address that was chosen without one. */
  readonly #pins = new Map<string, string>()
  readonly #known = new Map<string, KnownServer>()
  readonly #notebook: Notebook | undefined
  /** By identity; of those whose word counts, so there are few. */
  readonly #paces = new Map<Identity, Bucket>()

  /** @throws {StoreError} */
  constructor({ chosen, unnamed, friends }: ServerTrustInit, notebook: Notebook | undefined, nowMs: number) {
    this.#chosen = new Set(chosen)
    this.#friends = friends
    this.#notebook = notebook
    const [known, book, pins] = (notebook === undefined ? undefined : savedFields(notebook, VERSION)) ?? []
    for (const item of isArray(pins) ? pins : []) this.#restorePin(item, unnamed)
    this.book = StatementBook.from(book, nowMs)
    for (const item of isArray(known) ? known : []) this.#remember(item)
    this.#forgetOthers()
  }

  /** These are chosen from now on, and no others: what those said is forgotten. @throws {StoreError} */
  choose(chosen: readonly string[]): void {
    this.#chosen = new Set(chosen)
    for (const peerId of this.#known.keys()) if (!this.#chosen.has(peerId)) this.#known.delete(peerId)
    this.#forgetOthers()
    this.save()
  }

  /**
   * This peer was found at an address that was chosen without saying who is there. The first one is chosen with it, for ever; false for another one.
   * @throws {StoreError}
   */
  found(address: string, peerId: string): boolean {
    const pinned = this.#pins.get(address)
    if (pinned !== undefined) return pinned === peerId
    this.#pins.set(address, peerId)
    this.#chosen.add(peerId)
    this.save()
    return true
  }

  /** Nothing was chosen. */
  get isEmpty(): boolean {
    return this.#chosen.size === 0
  }

  /** Whether somebody answered at an address that was chosen without saying who is there. */
  isFound(address: string): boolean {
    return this.#pins.has(address)
  }

  get chosenPeers(): readonly string[] {
    return [...this.#chosen]
  }

  isChosen(peerId: string): boolean {
    return this.#chosen.has(peerId)
  }

  /** Chosen servers of which the identity is known. */
  chosen(): KnownServer[] {
    return [...this.#known.values()]
  }

  /** Servers that chosen ones name, without those that are chosen themselves. */
  friends(): FederatedServer[] {
    const friends = new Map<string, FederatedServer>()
    if (!this.#friends) return []
    for (const { identity } of this.chosen()) for (const friend of this.book.federated(identity)) friends.set(friend.peerId, friend)
    return [...friends.values()].filter(({ peerId }) => !this.#chosen.has(peerId))
  }

  /** All identities whose statements count. */
  trusted(): Identity[] {
    return [...new Set([...this.chosen(), ...this.friends()].map(({ identity }) => identity))]
  }

  trusts(server: Identity): boolean {
    return this.trusted().includes(server)
  }

  peerIdOf(server: Identity): string | undefined {
    return [...this.chosen(), ...this.friends()].find(({ identity }) => identity === server)?.peerId
  }

  /** The server of this PeerId says that it speaks for this identity. False when its word does not count. */
  met(server: KnownServer): boolean {
    const { peerId, identity } = server
    if (!this.#chosen.has(peerId)) return this.friends().some((friend) => friend.peerId === peerId && friend.identity === identity)
    const before = this.#known.get(peerId)
    this.#known.set(peerId, server)
    if (before !== undefined && before.identity !== identity && !this.trusts(before.identity)) this.book.forget(before.identity)
    return true
  }

  /** Undefined: nothing new. */
  take(bytes: Uint8Array, nowMs: number): Outcome<News | undefined> {
    const statement = readStatement(bytes)
    if (!statement.ok) return statement
    if (!this.trusts(statement.value.author)) return refuse('not-chosen', 'a statement of a server that was not chosen')
    const pace = this.#paces.get(statement.value.author) ?? new Bucket(STATEMENT_BURST, STATEMENTS_PER_S, nowMs)
    this.#paces.set(statement.value.author, pace)
    if (!pace.has(1, nowMs)) return refuse('too-fast', 'a server that speaks without end')
    const news = this.book.take(statement.value, nowMs)
    if (news.ok && news.value !== undefined) pace.take(1, nowMs)
    if (news.ok && news.value?.kind === 'federation') this.#forgetOthers()
    return news
  }

  /** The first ban in force of any of these names by a server whose word counts. */
  ban(names: readonly string[], nowMs: number): { readonly server: Identity; readonly ban: ServerBan } | undefined {
    for (const server of this.trusted()) {
      for (const name of names) {
        const ban = this.book.ban(server, name, nowMs)
        if (ban !== undefined) return { server, ban }
      }
    }
    return undefined
  }

  /** @throws {StoreError} */
  save(): void {
    const known: Value = this.chosen().map(({ peerId, identity, nick, federates }) => [peerId, fromHex(identity), nick, federates])
    this.#notebook?.replace(encode([VERSION, known, this.book.save(), [...this.#pins]]))
  }

  #restorePin(item: Value, unnamed: readonly string[]): void {
    const [address, peerId] = asArray(item, 2) ?? []
    if (typeof address !== 'string' || !unnamed.includes(address) || typeof peerId !== 'string' || !isPeerIdText(peerId)) return
    this.#pins.set(address, peerId)
    this.#chosen.add(peerId)
  }

  #forgetOthers(): void {
    for (const server of this.book.servers()) if (!this.trusts(server)) this.book.forget(server)
  }

  #remember(item: Value): void {
    const [peerId, by, nick, federates] = asArray(item, 4) ?? asArray(item, 3) ?? []
    const identity = identityFrom(by)
    if (typeof peerId !== 'string' || !isPeerIdText(peerId) || identity === undefined || !isText(nick, MAX_NICK_BYTES)) return
    if (this.#chosen.has(peerId)) this.#known.set(peerId, { peerId, identity, nick, federates: federates === true })
  }
}
