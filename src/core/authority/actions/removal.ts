/** `[target, reason, cut]` What a kick and a demotion say: of whom, why, and what its author had seen. */
import { accept } from '../../refusal.ts'
import type { Outcome } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import type { Value } from '../../record/codec.ts'
import { cutFrom, identityFrom, isReason } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { malformed } from './action.ts'

export interface RemovalPayload {
  readonly target: Identity
  readonly reason: string
  readonly cut: readonly string[]
}

export function readRemoval(payload: Value): Outcome<RemovalPayload> {
  const [who, reason, heads] = asArray(payload, 3) ?? []
  const target = identityFrom(who)
  const cut = cutFrom(heads)
  if (target === undefined) return malformed('the target')
  if (!isReason(reason)) return malformed('the reason')
  return cut === undefined ? malformed('the cut') : accept({ target, reason, cut })
}

export function writeRemoval({ target, reason, cut }: RemovalPayload): Value {
  return [fromHex(target), reason, cut.map(fromHex)]
}
