/** `cbor([body, signature])`, with a body that is the CBOR of an array: the form of what is signed and is no record. */
import { refuse, accept } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { asArray, decode, isBytes } from './codec.ts'
import type { Value } from './codec.ts'
import { SIGNATURE_BYTES } from './keys.ts'

export interface SignedBody {
  readonly body: Uint8Array
  /** What the body holds. Nothing of it is to be believed before the signature was checked. */
  readonly fields: readonly Value[]
  readonly signature: Uint8Array
}

/** Checks the form alone. The caller has checked the size. */
export function readSignedBody(bytes: Uint8Array, fieldCount: number): Outcome<SignedBody> {
  const outer = decode(bytes)
  if (!outer.ok) return outer
  const [body, signature] = asArray(outer.value, 2) ?? []
  if (!isBytes(body) || !isBytes(signature, SIGNATURE_BYTES)) return refuse('malformed', 'that is no body with a signature')
  const inner = decode(body)
  if (!inner.ok) return inner
  const fields = asArray(inner.value, fieldCount)
  return fields === undefined ? refuse('malformed', 'the signed body has other fields') : accept({ body, fields, signature })
}
