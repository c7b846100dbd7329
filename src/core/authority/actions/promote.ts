/** `[target]` The owner makes somebody an admin; it also lets them in and gives them their voice back. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { identityFrom } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action } from './action.ts'

export const promote: Action<{ readonly target: Identity }> = {
  kind: KIND.promote,
  word: 'promote',
  by: 'owner',
  does: ['promotes', 'grants', 'unmutes'],
  makes: 'an admin',
  read(payload) {
    const target = identityFrom(asArray(payload, 1)?.[0])
    return target === undefined ? malformed('the target') : accept({ target })
  },
  write: ({ target }) => [fromHex(target)],
  sentence: ({ payload, author, name }) => `${name(author)} made ${name(payload.target)} an admin`,
  noun: ({ payload, name }) => `promotion of ${name(payload.target)}`
}
