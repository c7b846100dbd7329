/** `[reason]` Somebody goes. It says so, and takes no right: who left may come back as they were let in. */
import { accept } from '../../refusal.ts'
import { asArray } from '../../record/codec.ts'
import { isReason } from '../../record/fields.ts'
import { KIND } from '../../record/kinds.ts'
import { because, malformed } from './action.ts'
import type { Action, Deed } from './action.ts'

export const leave: Action<Deed & { readonly reason: string }> = {
  kind: KIND.leave,
  word: 'leave',
  by: 'himself',
  does: [],
  read(payload) {
    const reason = asArray(payload, 1)?.[0]
    return isReason(reason) ? accept({ reason }) : malformed('the reason')
  },
  write: ({ reason }) => [reason],
  sentence: ({ payload, author, name }) => `${name(author)} left${because(payload.reason)}`,
  noun: () => 'leaving'
}
