/** `[target, cut]` The owner hands the room over. What they said as the owner before the cut stays as it is. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { cutFrom, identityFrom } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action } from './action.ts'

export const transfer: Action<{ readonly target: Identity; readonly cut: readonly string[] }> = {
  kind: KIND.transfer,
  word: 'transfer',
  by: 'owner',
  does: ['hands-over'],
  makes: 'the owner',
  read(payload) {
    const [who, heads] = asArray(payload, 2) ?? []
    const target = identityFrom(who)
    const cut = cutFrom(heads)
    if (target === undefined) return malformed('the target')
    return cut === undefined ? malformed('the cut') : accept({ target, cut })
  },
  write: ({ target, cut }) => [fromHex(target), cut.map(fromHex)],
  sentence: ({ payload, author, name }) => `${name(author)} handed the room over to ${name(payload.target)}`,
  noun: ({ payload, name }) => `transfer to ${name(payload.target)}`
}
