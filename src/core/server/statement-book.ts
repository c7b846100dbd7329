/**
 * What is in force of what servers said: announcements until they expire, and of each list the latest. Who keeps a book decides first whose
 * statements it takes at all; the book decides what is new, and takes nothing twice, also across a restart.
 */
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { asArray, isArray, isBytes, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { identityFrom } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import { fromHex } from '../record/bytes.ts'
import { MAX_ANNOUNCEMENTS } from '../record/limits.ts'
import { readAnnouncement, readBans, readFederation } from './payloads.ts'
import type { Announcement, FederatedServer, ServerBan } from './payloads.ts'
import { readStatement, STATEMENT } from './statement.ts'
import type { Statement } from './statement.ts'

export interface KeptAnnouncement extends Announcement {
  readonly statement: Statement
}

/** What a statement changed. */
export type News =
  | { readonly kind: 'announcement'; readonly statement: Statement; readonly announcement: Announcement }
  | { readonly kind: 'bans'; readonly statement: Statement; readonly bans: readonly ServerBan[] }
  | { readonly kind: 'federation'; readonly statement: Statement; readonly servers: readonly FederatedServer[] }

interface Page {
  announcements: KeptAnnouncement[]
  /** Announcements up to this sequence gave way and are not taken again. */
  floor: number
  bans: { readonly statement: Statement; readonly byTarget: ReadonlyMap<string, ServerBan> } | undefined
  federation: { readonly statement: Statement; readonly servers: readonly FederatedServer[] } | undefined
}

export class StatementBook {
  readonly #pages = new Map<Identity, Page>()

  /** The book that was saved as this value; what cannot be read of it is left out. */
  static from(saved: Value | undefined, nowMs: number): StatementBook {
    const book = new StatementBook()
    for (const item of isArray(saved) ? saved : []) {
      const [by, floor, statements] = asArray(item, 3) ?? []
      const server = identityFrom(by)
      if (server === undefined || !isCount(floor) || !isArray(statements)) continue
      book.#page(server).floor = floor
      for (const bytes of statements) {
        const statement = isBytes(bytes) ? readStatement(bytes) : undefined
        if (statement?.ok === true && statement.value.author === server) book.take(statement.value, nowMs)
      }
    }
    return book
  }

  save(): Value {
    return [...this.#pages].map(([server, page]) => [fromHex(server), page.floor, statementsOf(page).map(({ bytes }) => bytes)])
  }

  servers(): Identity[] {
    return [...this.#pages.keys()]
  }

  /** Undefined: nothing new. Refuses what is malformed, expired, or of no type that is kept. The signature was checked by readStatement. */
  take(statement: Statement, nowMs: number): Outcome<News | undefined> {
    const page = this.#page(statement.author)
    switch (statement.type) {
      case STATEMENT.announcement:
        return takeAnnouncement(page, statement, nowMs)
      case STATEMENT.bans: {
        const bans = readBans(statement)
        if (!bans.ok) return bans
        if (page.bans !== undefined && page.bans.statement.sequence >= statement.sequence) return accept(undefined)
        page.bans = { statement, byTarget: new Map(bans.value.map((ban) => [ban.who, ban])) }
        return accept({ kind: 'bans', statement, bans: bans.value })
      }
      case STATEMENT.federation: {
        const servers = readFederation(statement)
        if (!servers.ok) return servers
        if (page.federation !== undefined && page.federation.statement.sequence >= statement.sequence) return accept(undefined)
        page.federation = { statement, servers: servers.value }
        return accept({ kind: 'federation', statement, servers: servers.value })
      }
      default:
        return refuse('unknown-type', 'a statement of a type that is not kept')
    }
  }

  /** In force, oldest first. */
  announcements(server: Identity, nowMs: number): KeptAnnouncement[] {
    return (this.#pages.get(server)?.announcements ?? []).filter((kept) => inForce(kept.statement.expiresMs, nowMs))
  }

  /** The ban of an identity or PeerId by this server that is in force. */
  ban(server: Identity, who: string, nowMs: number): ServerBan | undefined {
    const ban = this.#pages.get(server)?.bans?.byTarget.get(who)
    return ban !== undefined && inForce(ban.untilMs, nowMs) ? ban : undefined
  }

  bans(server: Identity, nowMs: number): ServerBan[] {
    return [...(this.#pages.get(server)?.bans?.byTarget.values() ?? [])].filter((ban) => inForce(ban.untilMs, nowMs))
  }

  federated(server: Identity): readonly FederatedServer[] {
    return this.#pages.get(server)?.federation?.servers ?? []
  }

  /** The sequences of a server's lists; 0 without one. */
  versions(server: Identity): { bans: number; federation: number } {
    const page = this.#pages.get(server)
    return { bans: page?.bans?.statement.sequence ?? 0, federation: page?.federation?.statement.sequence ?? 0 }
  }

  lastAnnounced(server: Identity): number {
    const page = this.#pages.get(server)
    return page?.announcements.at(-1)?.statement.sequence ?? page?.floor ?? 0
  }

  /** What somebody has to be told who has these versions: its lists if they are newer, and all announcements in force. */
  newerThan(server: Identity, have: { bans: number; federation: number }, nowMs: number): Statement[] {
    const page = this.#pages.get(server)
    if (page === undefined) return []
    const lists = []
    if (page.federation !== undefined && page.federation.statement.sequence > have.federation) lists.push(page.federation.statement)
    if (page.bans !== undefined && page.bans.statement.sequence > have.bans) lists.push(page.bans.statement)
    return [...lists, ...this.announcements(server, nowMs).map(({ statement }) => statement)]
  }

  /** A server that is trusted no more. */
  forget(server: Identity): void {
    this.#pages.delete(server)
  }

  #page(server: Identity): Page {
    const known = this.#pages.get(server)
    if (known !== undefined) return known
    const page: Page = { announcements: [], floor: 0, bans: undefined, federation: undefined }
    this.#pages.set(server, page)
    return page
  }
}

function takeAnnouncement(page: Page, statement: Statement, nowMs: number): Outcome<News | undefined> {
  const read = readAnnouncement(statement)
  if (!read.ok) return read
  if (!inForce(statement.expiresMs, nowMs)) return refuse('expired', 'the announcement has expired')
  // Expired ones need not be remembered: they are refused by their own time.
  const kept = page.announcements.filter((one) => inForce(one.statement.expiresMs, nowMs))
  if (statement.sequence <= page.floor || kept.some((one) => one.statement.id === statement.id)) return accept(undefined)
  kept.push({ ...read.value, statement })
  kept.sort((left, right) => left.statement.sequence - right.statement.sequence)
  for (const gone of kept.splice(0, Math.max(0, kept.length - MAX_ANNOUNCEMENTS))) page.floor = gone.statement.sequence
  page.announcements = kept
  if (statement.sequence <= page.floor) return accept(undefined)
  return accept({ kind: 'announcement', statement, announcement: read.value })
}

function inForce(untilMs: number | null, nowMs: number): boolean {
  return untilMs === null || untilMs > nowMs
}

function statementsOf(page: Page): Statement[] {
  const lists = [page.federation?.statement, page.bans?.statement].filter((statement) => statement !== undefined)
  return [...lists, ...page.announcements.map(({ statement }) => statement)]
}
