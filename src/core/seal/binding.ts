/**
 * Bindings: an identity's signed word that a node speaks for it. `cbor([body, signature])` with
 * `body = cbor([1, identity, peerId, device, prekey, time])`, signature over `"p2pchat binding v1" ‖ 0 ‖ body`.
 * Shown on every member stream, where Noise has already proved the PeerId.
 */
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { ascii, concatBytes, toHex, utf8Length } from '../record/bytes.ts'
import { encode, isBytes, isCount } from '../record/codec.ts'
import { KEY_BYTES, verifySignature } from '../record/keys.ts'
import type { Identity, Signer } from '../record/keys.ts'
import { readSignedBody } from '../record/signed-body.ts'

/** A PeerId in text has 52 or 59 characters; a device name is for people. */
const MAX_PEER_ID_BYTES = 128
const MAX_DEVICE_BYTES = 64
export const MAX_BINDING_BYTES = 512

export interface Binding {
  readonly identity: Identity
  readonly peerId: string
  readonly device: string
  /** X25519 public key to which a first direct message is sealed. */
  readonly prekey: Uint8Array
  readonly timeMs: number
  readonly bytes: Uint8Array
}

const DOMAIN = concatBytes(ascii('p2pchat binding v1'), Uint8Array.of(0))

export function makeBinding(signer: Signer, fields: { peerId: string; device: string; prekey: Uint8Array; timeMs: number }): Binding {
  const body = encode([1, signer.publicKey, fields.peerId, fields.device, fields.prekey, fields.timeMs])
  const bytes = encode([body, signer.sign(concatBytes(DOMAIN, body))])
  return { ...fields, identity: signer.identity, bytes }
}

/** Checks form, signature and that it names this peer. The time only orders an identity's bindings: clocks may be wrong. */
export function readBinding(bytes: Uint8Array, peerId: string): Outcome<Binding> {
  if (bytes.length > MAX_BINDING_BYTES) return refuse('too-long', 'the binding is too long')
  const read = readSignedBody(bytes, 6)
  if (!read.ok) return read
  const { body, fields: [version, identity, named, device, prekey, timeMs], signature } = read.value
  if (version !== 1 || !isBytes(identity, KEY_BYTES) || !isBytes(prekey, KEY_BYTES)) return malformed()
  if (typeof named !== 'string' || utf8Length(named) > MAX_PEER_ID_BYTES) return malformed()
  if (typeof device !== 'string' || utf8Length(device) > MAX_DEVICE_BYTES || !isCount(timeMs)) return malformed()
  if (named !== peerId) return refuse('forged', 'the binding is of another node')
  const valid = verifySignature(toHex(identity), concatBytes(DOMAIN, body), signature)
  if (!valid) return refuse('forged', 'the binding is not signed by its identity')
  return accept({ identity: toHex(identity), peerId, device, prekey, timeMs, bytes })
}

function malformed(): Outcome<never> {
  return refuse('malformed', 'that is no binding')
}
