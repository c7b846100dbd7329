/**
 * Names by which a room is known to those who are not in it. None of them tells the room's id or name to a node that does not have it already.
 */
import { createHmac, hash } from 'node:crypto'
import { ascii, concatBytes, fromHex } from '../record/bytes.ts'
import type { RoomId } from '../record/record.ts'

/** The gossip topic: a keyed hash, since the room id is the secret that opens an open room's door. */
export function topicOf(room: RoomId): string {
  return `/p2pchat/1/${createHmac('sha256', fromHex(room)).update('p2pchat topic v1').digest('hex')}`
}

/**
 * What `from` shows `to` to say that it is in a room: only someone who knows the room can make or recognise it, and it is worth nothing on
 * another connection. It also stands for the room in that direction's messages.
 */
export function roomProof(room: RoomId, from: string, to: string): string {
  return createHmac('sha256', fromHex(room)).update(`p2pchat member v1\0${from}\0${to}`).digest('hex')
}

/** Under which a room of this name is looked up; `key` is the case-folded name. Names are guessable, so this hides nothing from a guesser. */
export function nameHash(key: string): string {
  return hash('sha256', concatBytes(ascii('p2pchat name v1\0'), utf8(key)), 'hex')
}

/** Under which a room is looked up by who knows its id and nothing else. */
export function idHash(room: RoomId): string {
  return hash('sha256', concatBytes(ascii('p2pchat id v1\0'), fromHex(room)), 'hex')
}

function utf8(text: string): Uint8Array {
  const escaped = encodeURIComponent(text)
  return ascii(escaped.replace(/%([0-9A-F]{2})/g, (_, byte: string) => String.fromCharCode(parseInt(byte, 16))))
}
