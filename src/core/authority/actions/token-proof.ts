/**
 * The proof in a reclaim or rotate-token: a signature by the reclaim key over the room, the generation that it ends, who signs the record and so
 * becomes or stays owner, the commitment to the next key, and the record's parents. It holds for that one record and nowhere else.
 */
import { hash } from 'node:crypto'
import { ascii, concatBytes, fromHex, sameBytes, toHex } from '../../record/bytes.ts'
import { encode } from '../../record/codec.ts'
import { verifySignature } from '../../record/keys.ts'
import type { Identity, Signer } from '../../record/keys.ts'

export interface TokenProof {
  /** The generation that it ends. */
  readonly generation: number
  /** SHA-256 of the next reclaim key, 32 bytes. */
  readonly commitment: Uint8Array
  /** The reclaim key whose SHA-256 the generation committed to, 32 bytes. */
  readonly key: Uint8Array
  readonly proof: Uint8Array
}

export interface ProofContext {
  readonly domain: string
  readonly room: string
  readonly generation: number
  readonly owner: Identity
  readonly commitment: Uint8Array
  readonly parents: readonly string[]
}

/** 64 bytes, by the key that the token gives. */
export function proveToken(key: Signer, context: ProofContext): Uint8Array {
  return key.sign(provedBytes(context))
}

/** Whether the revealed key is the one committed to, hex, and signed this. */
export function verifyTokenProof(committed: string, { key, proof }: TokenProof, context: ProofContext): boolean {
  if (!sameBytes(hash('sha256', key, 'buffer'), fromHex(committed))) return false
  return verifySignature(toHex(key), provedBytes(context), proof)
}

function provedBytes({ domain, room, generation, owner, commitment, parents }: ProofContext): Uint8Array {
  const value = encode([fromHex(room), generation, fromHex(owner), commitment, [...parents].sort().map(fromHex)])
  return concatBytes(ascii(domain), Uint8Array.of(0), value)
}
