/** `[target, reason, cut]` The owner takes back what made somebody an admin. What they said as an admin before the cut stays as it is. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { cutFrom, identityFrom, isReason } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { because, malformed } from './action.ts'
import type { Action } from './action.ts'

export const demote: Action<{ readonly target: Identity; readonly reason: string; readonly cut: readonly string[] }> = {
  kind: KIND.demote,
  word: 'demote',
  by: 'owner',
  does: ['revokes'],
  undoes: 'promotes',
  read(payload) {
    const [who, reason, heads] = asArray(payload, 3) ?? []
    const target = identityFrom(who)
    const cut = cutFrom(heads)
    if (target === undefined) return malformed('the target')
    if (!isReason(reason)) return malformed('the reason')
    return cut === undefined ? malformed('the cut') : accept({ target, reason, cut })
  },
  write: ({ target, reason, cut }) => [fromHex(target), reason, cut.map(fromHex)],
  sentence: ({ payload, author, name }) => `${name(author)} made ${name(payload.target)} a member${because(payload.reason)}`,
  noun: ({ payload, name }) => `demotion of ${name(payload.target)}`
}
