/**
 * Reclaim tokens: `p2pr1` and base32 of 32 random bytes with a checksum of four. Shown once, typed in by a person, never sent: from it derives
 * an Ed25519 key, of which the genesis holds the hash.
 */
import { hash, hkdfSync } from 'node:crypto'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { ascii, concatBytes, fromBase32, sameBytes, toBase32 } from '../record/bytes.ts'
import { createSigner } from '../record/keys.ts'
import type { Signer } from '../record/keys.ts'

export const TOKEN_SECRET_BYTES = 32
const PREFIX = 'p2pr1'
const CHECK_BYTES = 4

export function formatReclaimToken(secret: Uint8Array): string {
  return PREFIX + toBase32(concatBytes(secret, checksum(secret)))
}

/** Tells a mistyped token from a wrong one before anything is signed or sent. */
export function parseReclaimToken(text: string): Outcome<Uint8Array> {
  const typed = text.trim().toLowerCase()
  const bytes = typed.startsWith(PREFIX) ? fromBase32(typed.slice(PREFIX.length)) : undefined
  const secret = bytes?.subarray(0, TOKEN_SECRET_BYTES)
  const whole = bytes?.length === TOKEN_SECRET_BYTES + CHECK_BYTES
  if (secret === undefined || !whole || !sameBytes(bytes.subarray(TOKEN_SECRET_BYTES), checksum(secret))) {
    return refuse('bad-token', 'that is no reclaim token, or it was mistyped: it begins with p2pr1 and every letter counts')
  }
  return accept(secret)
}

/** The key that proves possession of the token. */
export function reclaimKey(secret: Uint8Array): Signer {
  return createSigner(new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), 'p2pchat reclaim v1', 32)))
}

/** What a genesis commits to: SHA-256 of the reclaim key's public half. */
export function reclaimCommitment(secret: Uint8Array): Uint8Array {
  return hash('sha256', reclaimKey(secret).publicKey, 'buffer')
}

function checksum(secret: Uint8Array): Uint8Array {
  return hash('sha256', concatBytes(ascii('p2pchat reclaim checksum v1'), secret), 'buffer').subarray(0, CHECK_BYTES)
}
