/**
 * Frames: what a room's gossip consists of. `cbor([1, epoch id, nonce, sealed])`, sealed by ChaCha20-Poly1305 (RFC 8439) under the epoch's key with
 * the head and the room id as associated data, so that a frame opens only in its room. A node without the key sees topic, epoch, size and time.
 */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { concatBytes, fromHex, sameBytes, toHex } from '../record/bytes.ts'
import { MAX_FRAME_BYTES } from '../record/limits.ts'
import type { RoomId } from '../record/record.ts'
import { EPOCH_ID_BYTES } from './epoch.ts'
import type { Epoch } from './epoch.ts'

export const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Array of four, the version, and the head of a 16-byte string: 0x84 0x01 0x50. */
const HEAD = Uint8Array.of(0x84, 0x01, 0x50)
const NONCE_AT = HEAD.length + EPOCH_ID_BYTES
const SEALED_AT = NONCE_AT + 1 + NONCE_BYTES

export interface Frame {
  readonly epochId: string
  readonly nonce: Uint8Array
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array
}

/** A room's epoch made ready to seal and open with. Importing the key for each frame would cost more than the cipher does. */
export interface FrameKey {
  readonly key: KeyObject
  readonly epochId: Uint8Array
  /** What a frame is bound to besides its key: its own head and the room. */
  readonly associated: Uint8Array
}

export function frameKey(room: RoomId, epoch: Epoch): FrameKey {
  const epochId = fromHex(epoch.id)
  return { key: createSecretKey(epoch.key), epochId, associated: concatBytes(HEAD, epochId, fromHex(room)) }
}

/**
 * `nonce` is random: 2^20 frames of each of 1 000 senders under one key collide with a chance of 2^-38. The plaintext is at most a record
 * long, and at least 8 bytes: the frame is then in canonical form.
 */
export function sealFrame({ key, epochId, associated }: FrameKey, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated, { plaintextLength: plaintext.length })
  const text = cipher.update(plaintext)
  cipher.final()
  const length = text.length + TAG_BYTES
  const sealedHead = length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255]
  return concatBytes(HEAD, epochId, Uint8Array.of(0x40 + NONCE_BYTES), nonce, Uint8Array.from(sealedHead), text, cipher.getAuthTag())
}

/** Reads a frame's parts without its key. Every frame has exactly one form. */
export function readFrame(bytes: Uint8Array): Outcome<Frame> {
  if (bytes.length > MAX_FRAME_BYTES) return refuse('too-long', `a frame has at most ${MAX_FRAME_BYTES} bytes`)
  const version = bytes[1] ?? 0
  if (bytes[0] === HEAD[0] && version > 1 && version < 24) return refuse('unknown-version', 'a frame of a later version')
  const lengthBytes = bytes[SEALED_AT] === 0x58 ? 1 : bytes[SEALED_AT] === 0x59 ? 2 : 0
  const start = SEALED_AT + 1 + lengthBytes
  if (lengthBytes === 0 || bytes.length < start + TAG_BYTES) return refuse('malformed', 'not a frame')
  if (!sameBytes(bytes.subarray(0, HEAD.length), HEAD) || bytes[NONCE_AT] !== 0x40 + NONCE_BYTES) return refuse('malformed', 'not a frame')
  const length = lengthBytes === 1 ? bytes[SEALED_AT + 1]! : bytes[SEALED_AT + 1]! * 256 + bytes[SEALED_AT + 2]!
  if (length !== bytes.length - start || length < (lengthBytes === 1 ? 24 : 256)) return refuse('malformed', 'not a frame')
  return accept({
    epochId: toHex(bytes.subarray(HEAD.length, NONCE_AT)),
    nonce: bytes.subarray(NONCE_AT + 1, SEALED_AT),
    sealed: bytes.subarray(start)
  })
}

/** Refuses with `forged` what was not sealed for this room under this epoch. */
export function openFrame({ key, associated }: FrameKey, frame: Frame): Outcome<Uint8Array> {
  const end = frame.sealed.length - TAG_BYTES
  const decipher = createDecipheriv('chacha20-poly1305', key, frame.nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associated, { plaintextLength: end })
  decipher.setAuthTag(frame.sealed.subarray(end))
  const text = decipher.update(frame.sealed.subarray(0, end))
  try {
    decipher.final()
  } catch {
    return refuse('forged', 'the frame was not sealed with the key that it names')
  }
  return accept(text)
}
