/** `[target]` An admin lets somebody in again; with its author's rank, so an admin's does not lift the owner's ban. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { identityFrom } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action } from './action.ts'

export const unban: Action<{ readonly target: Identity }> = {
  kind: KIND.unban,
  word: 'unban',
  by: 'admin',
  does: ['grants'],
  undoes: 'removes',
  read(payload) {
    const target = identityFrom(asArray(payload, 1)?.[0])
    return target === undefined ? malformed('the target') : accept({ target })
  },
  write: ({ target }) => [fromHex(target)],
  sentence: ({ payload, author, name }) => `${name(author)} unbanned ${name(payload.target)}`,
  noun: ({ payload, name }) => `unban of ${name(payload.target)}`
}
