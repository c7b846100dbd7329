/** Names that people give: what is allowed, and the form by which rooms are looked up. */
import { utf8Length } from '../record/bytes.ts'
import { MAX_NICK_BYTES, MAX_NICK_CELLS, MAX_ROOM_NAME_BYTES } from '../record/limits.ts'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { textWidth } from './clusters.ts'
import { foldName } from './name-key.ts'
import { sanitiseLine } from './sanitise.ts'

export interface RoomName {
  /** As it is shown and signed: NFC, trimmed. */
  readonly name: string
  /** As it is looked up and hashed: by foldName. Two spellings of one name have one key. */
  readonly key: string
}

const ROOM_NAME = /^[\p{L}\p{Nd}._-][\p{L}\p{M}\p{Nd}._-]*(?: [\p{L}\p{Nd}._-][\p{L}\p{M}\p{Nd}._-]*)*$/u
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u
/** Fillers are letters to Unicode and nothing to the eye. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u
/** UTF-16 units that are looked at: names are shorter, with all the marks that composing takes away. */
const MAX_TYPED_LENGTH = 512
const LOOKS_LIKE_ID = /^[0-9a-f]{64}$/iu
const ROOM_NAME_RULE =
  'a room name has letters, digits, \'-\', \'_\', \'.\' and single spaces between words, at least one letter or digit, ' +
  `and at most ${MAX_ROOM_NAME_BYTES} bytes`

/**
 * A room name as typed, on the command line, in a slash command or in a genesis record; one leading `#` is dropped.
 * Refuses with `bad-room-name`.
 */
export function parseRoomName(raw: string): Outcome<RoomName> {
  if (raw.length > MAX_TYPED_LENGTH) return refuse('bad-room-name', `The room name is too long; ${ROOM_NAME_RULE}.`)
  const trimmed = raw.trim()
  const name = (trimmed.startsWith('#') ? trimmed.slice(1).trim() : trimmed).normalize('NFC')
  if (name === '') return refuse('bad-room-name', `The room name is empty; ${ROOM_NAME_RULE}.`)
  if (utf8Length(name) > MAX_ROOM_NAME_BYTES) return refuse('bad-room-name', `The room name is too long; ${ROOM_NAME_RULE}.`)
  if (!ROOM_NAME.test(name) || !LETTER_OR_DIGIT.test(name) || INVISIBLE.test(name) || sanitiseLine(name) !== name) {
    return refuse('bad-room-name', `That is not a room name; ${ROOM_NAME_RULE}.`)
  }
  if (LOOKS_LIKE_ID.test(name)) return refuse('bad-room-name', 'A room name cannot look like a room id (64 hexadecimal digits).')
  return accept({ name, key: foldName(name) })
}

/**
 * A room name as a person types or pastes it: as {@link parseRoomName}, but any run of blanks is one, and what cannot be seen is
 * left out. For names that are looked up or given anew; in a record a name has to be right.
 */
export function parseTypedRoomName(raw: string): Outcome<RoomName> {
  return parseRoomName(raw.length > MAX_TYPED_LENGTH ? raw : sanitiseLine(raw).replace(/\s+/gu, ' '))
}

const NICK_RULE = `a nick has 1 to ${MAX_NICK_CELLS} columns, at most ${MAX_NICK_BYTES} bytes and no spaces`

/** A nick that a person chose for themself. Refuses with `bad-nick`. */
export function parseNick(raw: string): Outcome<string> {
  if (raw.length > MAX_TYPED_LENGTH) return refuse('bad-nick', `The nick is too long; ${NICK_RULE}.`)
  const nick = sanitiseLine(raw.trim().normalize('NFC')).normalize('NFC')
  if (nick === '') return refuse('bad-nick', `The nick is empty; ${NICK_RULE}.`)
  if (/\p{Cc}/u.test(raw.trim())) return refuse('bad-nick', `A nick cannot have control characters; ${NICK_RULE}.`)
  if (/\s/u.test(nick)) return refuse('bad-nick', `A nick cannot have spaces; ${NICK_RULE}.`)
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(nick.replaceAll('\u2800', ''))) return refuse('bad-nick', `That nick cannot be seen; ${NICK_RULE}.`)
  const tooLong = utf8Length(nick) > MAX_NICK_BYTES || textWidth(nick) > MAX_NICK_CELLS
  if (tooLong) return refuse('bad-nick', `The nick is too long; ${NICK_RULE}.`)
  return accept(nick)
}

/** The nick to show for a peer: what it claims, or its fingerprint when the claim is no usable nick. */
export function displayNick(claimed: string, fingerprint: string): string {
  const nick = parseNick(claimed)
  return nick.ok ? nick.value : fingerprint
}
