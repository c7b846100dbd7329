/** Records as the faces see them. */
import { toHex } from '../core/record/bytes.ts'
import { fingerprint } from '../core/record/keys.ts'
import type { Identity } from '../core/record/keys.ts'
import { KIND } from '../core/record/kinds.ts'
import { readLine } from '../core/record/payloads.ts'
import { decodeRecord } from '../core/record/record.ts'
import type { SignedRecord } from '../core/record/record.ts'
import type { PostRefusal } from '../core/room/effects.ts'
import type { Statement } from '../core/server/statement.ts'
import { displayNick } from '../core/text/names.ts'
import { ApiError, REFUSED } from './api.ts'
import type { MessageView, Person } from './api.ts'
import type { AnnouncementView } from './api-server.ts'
import type { StoredRecord } from './ports.ts'

/** Fingerprints are asked for with every line shown, and people are few. */
const MAX_CACHED_PRINTS = 4096
const prints = new Map<Identity, string>()

export function printOf(identity: Identity): string {
  const cached = prints.get(identity)
  if (cached !== undefined) return cached
  if (prints.size >= MAX_CACHED_PRINTS) prints.clear()
  const print = fingerprint(identity)
  prints.set(identity, print)
  return print
}

export function person(identity: Identity, claimedNick: string): Person {
  const print = printOf(identity)
  return { identity, fingerprint: print, nick: displayNick(claimedNick, print) }
}

/** Undefined for records that are no lines of conversation. The text is what was signed; the faces make it safe to show. */
export function messageView(record: SignedRecord, isRedacted = false): MessageView | undefined {
  const line = readLine(record.payload)
  if (!line.ok || (record.kind !== KIND.say && record.kind !== KIND.action)) return undefined
  const { nick, text, replyTo } = line.value
  return {
    id: record.id,
    room: record.room,
    from: person(record.author, nick),
    ...timeOf(record.timeUs),
    kind: record.kind === KIND.say ? 'say' : 'action',
    text: isRedacted ? '' : text,
    ...(isRedacted ? { redacted: true as const } : {}),
    ...(replyTo === null ? {} : { replyTo: toHex(replyTo) })
  }
}

/** A record's time as the faces have it. */
export function timeOf(timeUs: number): { time: number; micros?: number } {
  const micros = timeUs % 1000
  return { time: Math.floor(timeUs / 1000), ...(micros === 0 ? {} : { micros }) }
}

/** A refusal of the core as the faces get it: its words as a sentence. */
export function refusalError({ reason, message, retryAtMs }: PostRefusal): ApiError {
  return new ApiError(REFUSED, reason, sentence(message), retryAtMs === undefined ? {} : { retryAt: retryAtMs })
}

/** A sentence that begins with a name keeps it as it is written. */
function sentence(words: string): string {
  const begun = /^(?:it|nobody|only|that|the|this|you)\b/u.test(words) ? `${words.slice(0, 1).toUpperCase()}${words.slice(1)}` : words
  return /[.!?]$/u.test(begun) ? begun : `${begun}.`
}

/** What was stored was decoded once before; should the disk have changed it since, it is left out. */
export function decodeStored(stored: StoredRecord): SignedRecord | undefined {
  const decoded = decodeRecord(stored.bytes)
  return decoded.ok && decoded.value.id === stored.id ? decoded.value : undefined
}

export function toStored(record: SignedRecord, verified: boolean): StoredRecord {
  return {
    id: record.id,
    room: record.room,
    graph: record.graph === 'authority' ? 'authority' : 'message',
    kind: record.kind,
    author: record.author,
    timeUs: record.timeUs,
    prev: record.prev,
    bytes: record.bytes,
    verified
  }
}

export function announcementView(server: string, nick: string, text: string, statement: Statement): AnnouncementView {
  return { id: statement.id, server, from: person(statement.author, nick), text, time: statement.timeMs, expires: statement.expiresMs ?? 0 }
}
