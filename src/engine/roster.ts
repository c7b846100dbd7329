/** Who is known in a room, under which name, and whether they are there. */
import { MAX_MEMBERS } from '../core/record/limits.ts'
import type { Identity } from '../core/record/keys.ts'
import type { Presence } from './api.ts'
import type { StoredMember } from './ports.ts'

/** Presence is said every half minute; two that were lost are forgiven. */
export const PRESENCE_EVERY_MS = 30_000
const PRESENCE_LASTS_MS = 80_000
/** A connection that broke is usually back within this, and nobody needs to hear of it. */
const GRACE_MS = 15_000
/** And who is not connected is heard of within one interval of presence, and the time that it takes through a large room. */
const PARTIAL_GRACE_MS = 45_000

export interface Member {
  readonly identity: Identity
  nick: string
  presence: Presence
  lastSeenMs: number
  /** Until when the presence that was said holds, ms. */
  untilMs: number
  /** When the heads that it named were last looked through, ms. */
  notedMs: number
  /** When it was last a member who passed on that they are there, and not a server, ms. */
  heardMs: number
  /** When they last said something, or came, ms. */
  activeMs: number
  /** They were silent for longer than the room allows, and are not there before they go and come back, or say something. */
  hasIdledOut: boolean
}

export interface Roster {
  get(identity: Identity): Member | undefined
  all(): Member[]
  /** Somebody said that they are there. Returns the member when something changed that a person would see. */
  seen(identity: Identity, nick: string, presence: Presence, nowMs: number): Member | undefined
  /** A member passed on what somebody said of their presence. */
  heard(identity: Identity, nowMs: number): void
  /** Somebody wrote, at some time; that makes them known, not present. */
  wrote(identity: Identity, nick: string, timeMs: number): void
  /** The last connection to them is gone. `isPartial`: not all members are connected, and others may pass on that they are still there. */
  lost(identity: Identity, nowMs: number, isPartial?: boolean): void
  /** Those whose presence ran out; `connected` are there whatever they said. */
  expire(connected: ReadonlySet<Identity>, nowMs: number): Member[]
}

const ABSENT = {
  presence: 'offline', lastSeenMs: 0, untilMs: 0, notedMs: -Infinity, heardMs: -Infinity, activeMs: 0, hasIdledOut: false
} as const

export function createRoster(stored: readonly StoredMember[]): Roster {
  const members = new Map<Identity, Member>()
  for (const { identity, nick, lastSeenMs } of stored) {
    members.set(identity, { ...ABSENT, identity, nick, lastSeenMs })
  }

  function take(identity: Identity, nick: string): Member | undefined {
    const known = members.get(identity)
    if (known !== undefined) return known
    if (members.size >= MAX_MEMBERS && !forgetOne()) return undefined
    const member: Member = { ...ABSENT, identity, nick }
    members.set(identity, member)
    return member
  }

  /** Makes room by forgetting who was gone longest. */
  function forgetOne(): boolean {
    let gone: Member | undefined
    for (const member of members.values()) {
      if (member.presence === 'offline' && (gone === undefined || member.lastSeenMs < gone.lastSeenMs)) gone = member
    }
    return gone !== undefined && members.delete(gone.identity)
  }

  return {
    get: (identity) => members.get(identity),
    all: () => [...members.values()],

    seen(identity, nick, presence, nowMs) {
      const fresh = !members.has(identity)
      const member = take(identity, nick)
      if (member === undefined) return undefined
      if (presence === 'offline') member.hasIdledOut = false
      else if (member.hasIdledOut) return undefined
      else if (member.presence === 'offline') member.activeMs = nowMs
      const changed = fresh || member.presence !== presence || member.nick !== nick
      member.nick = nick
      member.presence = presence
      member.lastSeenMs = nowMs
      member.untilMs = nowMs + PRESENCE_LASTS_MS
      return changed ? member : undefined
    },

    heard(identity, nowMs) {
      const member = members.get(identity)
      if (member !== undefined) member.heardMs = nowMs
    },

    wrote(identity, nick, timeMs) {
      const member = take(identity, nick)
      if (member !== undefined && timeMs > member.activeMs) {
        member.activeMs = timeMs
        member.hasIdledOut = false
      }
      if (member === undefined || timeMs < member.lastSeenMs) return
      member.lastSeenMs = timeMs
      if (member.presence === 'offline') member.nick = nick
    },

    lost(identity, nowMs, isPartial = false) {
      const member = members.get(identity)
      if (member === undefined) return
      member.untilMs = Math.min(member.untilMs, nowMs + (isPartial ? PARTIAL_GRACE_MS : GRACE_MS))
      // By whatever way they were heard, it may have been this one.
      member.heardMs = -Infinity
    },

    expire(connected, nowMs) {
      const expired: Member[] = []
      for (const member of members.values()) {
        // Not longer than it could have been said for: the clock may have been set back meanwhile.
        member.untilMs = Math.min(member.untilMs, nowMs + PRESENCE_LASTS_MS)
        if (member.presence === 'offline' || member.untilMs > nowMs || connected.has(member.identity)) continue
        member.presence = 'offline'
        expired.push(member)
      }
      return expired
    }
  }
}
