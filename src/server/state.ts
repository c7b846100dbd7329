/**
 * What a server keeps across restarts: its own announcements and lists, who may command it from afar, the servers that its operator named at the
 * console, and the rooms in its public list. One value in one file, replaced as a whole: it changes seldom and is small. Nothing else of what its
 * users do is kept.
 */
import { hash } from 'node:crypto'
import { fromHex } from '../core/record/bytes.ts'
import { asArray, encode, isArray } from '../core/record/codec.ts'
import type { Value } from '../core/record/codec.ts'
import { identityFrom, idFrom } from '../core/record/fields.ts'
import type { Signer } from '../core/record/keys.ts'
import { MAX_FEDERATED, MAX_LISTED_ROOMS, MAX_OPERATORS, MAX_SERVER_BANS } from '../core/record/limits.ts'
import { announcementPayload, bansPayload, federationPayload, isPeerIdText, readAddresses } from '../core/server/payloads.ts'
import type { FederatedServer, ServerBan } from '../core/server/payloads.ts'
import { StatementBook } from '../core/server/statement-book.ts'
import { nextSequence, signStatement, STATEMENT } from '../core/server/statement.ts'
import type { Statement, StatementFields } from '../core/server/statement.ts'
import type { Clock, Notebook } from '../engine/ports.ts'
import { savedFields } from '../engine/saved-value.ts'
import { Directory } from './directory.ts'
import { Operators } from './operators.ts'

const VERSION = 1
/** What users ask for is written once in so long. */
const SAVE_EVERY_MS = 10_000

export class ServerState {
  readonly book: StatementBook
  readonly operators = new Operators()
  /** Servers that were named at the console: their addresses by PeerId. */
  readonly named = new Map<string, readonly string[]>()
  readonly directory: Directory
  readonly #signer: Signer
  readonly #notebook: Notebook
  readonly #clock: Clock
  /** By what name those who are banned were known then. */
  readonly nicks = new Map<string, string>()
  #savedMs = -Infinity
  #savingLater: (() => void) | undefined

  /** @throws {StoreError} */
  constructor(signer: Signer, notebook: Notebook, clock: Clock) {
    this.#signer = signer
    this.#notebook = notebook
    this.#clock = clock
    const [book, operators, listings, named, unlisted, nicks] = savedFields(notebook, VERSION) ?? []
    const nowMs = clock.nowMs()
    this.book = StatementBook.from(book, nowMs)
    this.directory = new Directory(signer.identity)
    for (const item of isArray(operators) ? operators : []) {
      const identity = identityFrom(item)
      if (identity !== undefined && this.operators.allowed.size < MAX_OPERATORS) this.operators.allowed.add(identity)
    }
    for (const item of isArray(named) ? named : []) this.#restoreNamed(item)
    this.directory.restore(listings)
    for (const item of isArray(unlisted) ? unlisted : []) {
      const [id, name] = asArray(item, 2) ?? []
      const room = idFrom(id)
      if (room === undefined || typeof name !== 'string' || this.directory.unlisted.size >= MAX_LISTED_ROOMS) continue
      this.directory.unlisted.set(room, name)
    }
    for (const item of isArray(nicks) ? nicks : []) {
      const [who, nick] = asArray(item, 2) ?? []
      if (typeof who === 'string' && typeof nick === 'string' && this.nicks.size < MAX_SERVER_BANS) this.nicks.set(who, nick)
    }
  }

  /**
   * A host as two bytes: enough to see that many rooms of the public list come from one, too little to say which. Made with the server's key, so that nobody
   * else can make it.
   */
  tagOf(host: string): string {
    if (host === '') return ''
    const signature = this.#signer.sign(Buffer.from(`p2pchat listing host v1\0${host}`))
    return hash('sha256', signature, 'hex').slice(0, 4)
  }

  announce(nick: string, text: string, expiresMs: number): Statement {
    const sequence = nextSequence(this.book.lastAnnounced(this.#signer.identity), this.#clock.nowMs())
    return this.#say({ type: STATEMENT.announcement, sequence, expiresMs, payload: announcementPayload({ nick, text }) })
  }

  bans(): ServerBan[] {
    return this.book.bans(this.#signer.identity, this.#clock.nowMs())
  }

  setBans(bans: readonly ServerBan[]): Statement {
    const sequence = nextSequence(this.book.versions(this.#signer.identity).bans, this.#clock.nowMs())
    return this.#say({ type: STATEMENT.bans, sequence, expiresMs: null, payload: bansPayload(bans) })
  }

  /** Undefined when it says that already. */
  setFederation(servers: readonly FederatedServer[]): Statement | undefined {
    const before = encode(federationPayload(this.book.federated(this.#signer.identity)))
    const payload = federationPayload(servers)
    if (Buffer.compare(before, encode(payload)) === 0) return undefined
    const sequence = nextSequence(this.book.versions(this.#signer.identity).federation, this.#clock.nowMs())
    return this.#say({ type: STATEMENT.federation, sequence, expiresMs: null, payload })
  }

  /** @throws {StoreError} */
  save(): void {
    this.#savingLater?.()
    this.#savingLater = undefined
    this.#savedMs = this.#clock.nowMs()
    const operators = [...this.operators.allowed].map(fromHex)
    const banned = new Set(this.bans().map(({ who }) => who))
    const nicks = [...this.nicks].filter(([who]) => banned.has(who))
    const unlisted = [...this.directory.unlisted].map(([room, name]): Value => [fromHex(room), name])
    this.#notebook.replace(encode([VERSION, this.book.save(), operators, this.directory.save(), [...this.named], unlisted, nicks]))
  }

  /** What others ask for is saved together: the state is written as a whole. @throws {StoreError} */
  saveSoon(): void {
    const agoMs = this.#clock.nowMs() - this.#savedMs
    if (agoMs < 0 || agoMs >= SAVE_EVERY_MS) return this.save()
    this.#savingLater ??= this.#clock.after(SAVE_EVERY_MS - agoMs, () => this.save())
  }

  /** What was to be saved later is saved now. @throws {StoreError} */
  saveAtLast(): void {
    if (this.#savingLater !== undefined) this.save()
  }

  #restoreNamed(item: Value): void {
    const [peerId, list] = asArray(item, 2) ?? []
    const addresses = readAddresses(list)
    if (typeof peerId !== 'string' || !isPeerIdText(peerId) || addresses === undefined || this.named.size >= MAX_FEDERATED) return
    this.named.set(peerId, addresses)
  }

  #say(fields: Omit<StatementFields, 'timeMs'>): Statement {
    const nowMs = this.#clock.nowMs()
    const statement = signStatement(this.#signer, { ...fields, timeMs: nowMs })
    const taken = this.book.take(statement, nowMs)
    if (!taken.ok) throw new RangeError(`a statement of our own is not valid: ${taken.message}`)
    this.save()
    return statement
  }
}
