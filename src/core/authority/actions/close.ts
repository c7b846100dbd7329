/** `[reason, cut]` The owner ends the room: nothing outside the cut is shown any more, whoever says it. It cannot be undone. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { cutFrom, isReason } from '../../record/fields.ts'
import { KIND } from '../../record/kinds.ts'
import { because, malformed } from './action.ts'
import type { Action, Deed } from './action.ts'

export const close: Action<Deed & { readonly reason: string; readonly cut: readonly string[] }> = {
  kind: KIND.close,
  word: 'close',
  by: 'owner',
  does: ['closes'],
  read(payload) {
    const [reason, heads] = asArray(payload, 2) ?? []
    const cut = cutFrom(heads)
    if (!isReason(reason)) return malformed('the reason')
    return cut === undefined ? malformed('the cut') : accept({ reason, cut })
  },
  write: ({ reason, cut }) => [reason, cut.map(fromHex)],
  sentence: ({ payload, author, name }) => `${name(author)} closed the room${because(payload.reason)}`,
  noun: () => 'closing of the room'
}
