/** `[message, its author, reason]` An admin hides what somebody said. The author stands in it, so that rank can be judged without the message. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { idFrom, identityFrom, isReason } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { because, malformed } from './action.ts'
import type { Action } from './action.ts'

export const redact: Action<{ readonly message: string; readonly target: Identity; readonly reason: string }> = {
  kind: KIND.redact,
  word: 'redact',
  by: 'admin',
  does: ['hides'],
  against: true,
  read(payload) {
    const [id, who, reason] = asArray(payload, 3) ?? []
    const message = idFrom(id)
    const target = identityFrom(who)
    if (message === undefined || target === undefined) return malformed('the message')
    return isReason(reason) ? accept({ message, target, reason }) : malformed('the reason')
  },
  write: ({ message, target, reason }) => [fromHex(message), fromHex(target), reason],
  sentence: ({ payload, author, name }) => `${name(author)} removed a message of ${name(payload.target)}${because(payload.reason)}`,
  noun: ({ payload, name }) => `removal of a message of ${name(payload.target)}`
}
