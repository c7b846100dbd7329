/** `[invite]` An admin ends an invite: admissions by it that this record has not seen do not count. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { idFrom } from '../../record/fields.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action, Deed } from './action.ts'

export const revokeInvite: Action<Deed & { readonly invite: string }> = {
  kind: KIND.revokeInvite,
  word: 'revoke-invite',
  by: 'admin',
  does: ['revokes-invite'],
  read(payload) {
    const invite = idFrom(asArray(payload, 1)?.[0])
    return invite === undefined ? malformed('the invite') : accept({ invite })
  },
  write: ({ invite }) => [fromHex(invite)],
  sentence: ({ author, name }) => `${name(author)} ended an invite link`,
  noun: () => 'end of an invite link'
}
