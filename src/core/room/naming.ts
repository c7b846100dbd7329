/**
 * Joining by name. A name is a label: several rooms may bear it. The rules by which people who say the same name end up in the same room
 * are here, as pure decisions.
 */
import { toBase32, fromHex } from '../record/bytes.ts'
import type { RoomId } from '../record/record.ts'

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
