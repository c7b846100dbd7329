/** `[invite key, uses | null, expires in ms | null]` An admin makes a link: who has its key admits itself, so often and so long. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray, isCount } from '../../record/codec.ts'
import { identityFrom, isTimeOrNull } from '../../record/fields.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action, Deed } from './action.ts'

/** More than a room has members. */
const MAX_USES = 10_000

export interface InvitePayload extends Deed {
  /** Public half of the key in the link, hex. */
  readonly key: string
  readonly uses: number | null
  readonly expiresMs: number | null
}

export const invite: Action<InvitePayload> = {
  kind: KIND.invite,
  word: 'invite',
  by: 'admin',
  does: ['invites'],
  read(payload) {
    const [bytes, uses, expiresMs] = asArray(payload, 3) ?? []
    const key = identityFrom(bytes)
    if (key === undefined) return malformed('the invite key')
    if (uses !== null && (!isCount(uses, MAX_USES) || uses === 0)) return malformed('the number of uses')
    return isTimeOrNull(expiresMs) ? accept({ key, uses, expiresMs }) : malformed('the end')
  },
  write: ({ key, uses, expiresMs }) => [fromHex(key), uses, expiresMs],
  sentence: ({ author, name }) => `${name(author)} made an invite link`,
  noun: () => 'invite'
}
