/** `[target]` An admin gives somebody their voice back; an admin's does not lift the owner's mute. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { identityFrom } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action } from './action.ts'

export const unmute: Action<{ readonly target: Identity }> = {
  kind: KIND.unmute,
  word: 'unmute',
  by: 'admin',
  does: ['unmutes'],
  undoes: 'mutes',
  read(payload) {
    const target = identityFrom(asArray(payload, 1)?.[0])
    return target === undefined ? malformed('the target') : accept({ target })
  },
  write: ({ target }) => [fromHex(target)],
  sentence: ({ payload, author, name }) => `${name(author)} unmuted ${name(payload.target)}`,
  noun: ({ payload, name }) => `unmute of ${name(payload.target)}`
}
