/**
 * Joining by name. A name is a label: several rooms may bear it. The rules by which people who say the same name end up in the same room
 * are here, as pure decisions.
 */
import { fromHex, isHex, toBase32 } from '../record/bytes.ts'
import type { RoomId } from '../record/record.ts'
import { accept } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { nameKey } from '../text/name-key.ts'
import { parseTypedRoomName } from '../text/names.ts'
import type { RoomName } from '../text/names.ts'

/** A room of the wanted name, as a peer described it. */
export interface Candidate {
  readonly room: RoomId
  /** Somebody other than its creator was there. A claim of the peer. */
  readonly established: boolean
}

/** Four letters of the genesis hash, as in `lobby~k7f3`. */
export function roomSuffix(room: RoomId): string {
  return toBase32(fromHex(room.slice(0, 6))).slice(0, 4)
}

export function handleOf(name: string, room: RoomId): string {
  return `${name}~${roomSuffix(room)}`
}

/** Whom somebody means by what they typed for a room: an id, a name, or a handle, which is a name with a suffix. */
export type RoomReference =
  | { readonly by: 'id'; readonly id: RoomId }
  | { readonly by: 'name'; readonly name: RoomName; readonly suffix: string | undefined }

/** Also the one that an input method for wide letters gives. */
const SUFFIX_MARKS = /[~\uff5e]/u

/** Reads a reference in any spelling: case, composed or not, blanks, a leading `#`. Refuses with `bad-room-name`. */
export function parseRoomReference(typed: string): Outcome<RoomReference> {
  const bare = typed.trim().replace(/^#/u, '').trim()
  if (isHex(bare.toLowerCase(), 32)) return accept({ by: 'id', id: bare.toLowerCase() })
  const mark = bare.search(SUFFIX_MARKS)
  const name = parseTypedRoomName(mark < 0 ? bare : bare.slice(0, mark))
  if (!name.ok) return name
  return accept({ by: 'name', name: name.value, suffix: mark < 0 ? undefined : nameKey(bare.slice(mark + 1)) })
}

/** Whether the reference means a room of this id and name key. */
export function isMeant(reference: RoomReference, room: { readonly id: RoomId; readonly key: string }): boolean {
  if (reference.by === 'id') return reference.id === room.id
  const { name, suffix } = reference
  return name.key === room.key && (suffix === undefined || suffix === roomSuffix(room.id))
}

interface ShownRoom {
  readonly id: RoomId
  readonly name: string
  readonly handle: string
}

/** Of rooms as they are shown, those that somebody means; those whose handle it is first. */
export function roomsCalled<R extends ShownRoom>(rooms: readonly R[], typed: string): R[] {
  const reference = parseRoomReference(typed)
  if (!reference.ok) return []
  const called = rooms.filter(({ id, name }) => isMeant(reference.value, { id, key: nameKey(name) }))
  const handled = called.filter(({ id, handle }) => reference.value.by === 'id' || isHandle(reference.value, id, handle))
  return [...handled, ...called.filter((room) => !handled.includes(room))]
}

/** Whether the reference is the whole handle: with a suffix exactly if that has one. */
function isHandle(reference: Extract<RoomReference, { by: 'name' }>, id: RoomId, handle: string): boolean {
  return handle.endsWith(`~${roomSuffix(id)}`) === (reference.suffix !== undefined)
}

/**
 * Which of the rooms that peers know under a name to join: the only established one; without any, the provisional one of the smallest id, which is
 * the one that all others yield to. `ambiguous` when several are established, since only a person can choose.
 */
export function chooseCandidate(candidates: readonly Candidate[]): { choice: 'none' | 'ambiguous' } | { choice: 'join'; room: RoomId } {
  const established = [...new Set(candidates.filter((candidate) => candidate.established).map((candidate) => candidate.room))]
  if (established.length > 1) return { choice: 'ambiguous' }
  if (established.length === 1) return { choice: 'join', room: established[0]! }
  const smallest = candidates.map((candidate) => candidate.room).sort()[0]
  return smallest === undefined ? { choice: 'none' } : { choice: 'join', room: smallest }
}

/**
 * Whether a room of ours gives way to another of its name. An established one never does; a provisional one does to an established
 * one, and of two provisional ones the larger id does.
 */
export function yields(own: { readonly room: RoomId; readonly provisional: boolean }, other: Candidate): boolean {
  if (!own.provisional || own.room === other.room) return false
  return other.established || other.room < own.room
}
