/** `[target, reason, cut]` An admin removes somebody: from an open room for a minute, from a private one until they are let in again. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { cutFrom, identityFrom, isReason } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { because, malformed } from './action.ts'
import type { Action } from './action.ts'

export const kick: Action<{ readonly target: Identity; readonly reason: string; readonly cut: readonly string[] }> = {
  kind: KIND.kick,
  word: 'kick',
  by: 'admin',
  does: ['revokes', 'removes'],
  against: true,
  liftedByAny: true,
  read(payload) {
    const [who, reason, heads] = asArray(payload, 3) ?? []
    const target = identityFrom(who)
    const cut = cutFrom(heads)
    if (target === undefined) return malformed('the target')
    if (!isReason(reason)) return malformed('the reason')
    return cut === undefined ? malformed('the cut') : accept({ target, reason, cut })
  },
  write: ({ target, reason, cut }) => [fromHex(target), reason, cut.map(fromHex)],
  sentence: ({ payload, author, name }) => `${name(author)} kicked ${name(payload.target)}${because(payload.reason)}`,
  noun: ({ payload, name }) => `kick of ${name(payload.target)}`
}
