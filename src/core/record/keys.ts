/**
 * Ed25519 (RFC 8032) by OpenSSL, the one verifier of the project: libraries disagree on crafted signatures, so a second one would let a
 * record be valid here and void there. Key objects are cached, since importing a key costs as much as a signature.
 */
import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { concatBytes, fromHex, toBase32, toHex } from './bytes.ts'

export const KEY_BYTES = 32
export const SIGNATURE_BYTES = 64

/** A public key in lower-case hex: who somebody is. */
export type Identity = string

export interface Signer {
  readonly identity: Identity
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** DER heads of RFC 8410: PKCS #8 private and SPKI public key of Ed25519 and X25519; the 32 key bytes follow. */
const PKCS8_ED25519 = fromHex('302e020100300506032b657004220420')
const SPKI_ED25519 = fromHex('302a300506032b6570032100')
const PKCS8_X25519 = fromHex('302e020100300506032b656e04220420')

/**
 * The y coordinates of the points of order 1, 2, 4 and 8, canonical and not (those of libsodium's ge25519_has_small_order). With such a key a
 * signature can be made that verifies for any message.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
])
/** Their last bytes: most keys have another, and need not be looked at any further. */
const SMALL_ORDER_ENDS: ReadonlySet<number> = new Set([...SMALL_ORDER].map((y) => fromHex(y)[KEY_BYTES - 1]!))

/** Public keys kept imported. A room of this many speakers is larger than any that a terminal shows. */
const MAX_CACHED_KEYS = 4096
const cachedKeys = new Map<Identity, KeyObject>()

export function isSmallOrder(publicKey: Uint8Array): boolean {
  if (!SMALL_ORDER_ENDS.has(publicKey[KEY_BYTES - 1]! & 0x7f)) return false
  const y = Uint8Array.from(publicKey)
  y[KEY_BYTES - 1]! &= 0x7f
  return SMALL_ORDER.has(toHex(y))
}

/** A signer from a 32-byte seed. */
export function createSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: concatBytes(PKCS8_ED25519, seed), format: 'der', type: 'pkcs8' })
  const publicKey = publicBytes(key)
  return {
    identity: toHex(publicKey),
    publicKey,
    sign: (message) => new Uint8Array(sign(null, message, key))
  }
}

/** The public key of an X25519 key whose private part is `seed`. */
export function x25519PublicKey(seed: Uint8Array): Uint8Array {
  return publicBytes(createPrivateKey({ key: concatBytes(PKCS8_X25519, seed), format: 'der', type: 'pkcs8' }))
}

/** False also for a key that is no point or of small order. Never throws. */
export function verifySignature(identity: Identity, message: Uint8Array, signature: Uint8Array): boolean {
  const key = importPublicKey(identity)
  return key !== undefined && signature.length === SIGNATURE_BYTES && verify(null, message, key, signature)
}

/** Eight letters and digits that stand beside a nick: 40 bits of the key's hash, enough to tell people in a room apart, not to verify one. */
export function fingerprint(identity: Identity): string {
  const short = toBase32(hash('sha256', fromHex(identity), 'buffer').subarray(0, 5))
  return `${short.slice(0, 4)}-${short.slice(4)}`
}

function publicBytes(key: KeyObject): Uint8Array {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return new Uint8Array(der.subarray(der.length - KEY_BYTES))
}

function importPublicKey(identity: Identity): KeyObject | undefined {
  const cached = cachedKeys.get(identity)
  if (cached !== undefined) return cached
  const bytes = fromHex(identity)
  if (bytes.length !== KEY_BYTES || isSmallOrder(bytes)) return undefined
  let key: KeyObject
  try {
    key = createPublicKey({ key: concatBytes(SPKI_ED25519, bytes), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
  if (cachedKeys.size >= MAX_CACHED_KEYS) cachedKeys.delete(cachedKeys.keys().next().value!)
  cachedKeys.set(identity, key)
  return key
}
