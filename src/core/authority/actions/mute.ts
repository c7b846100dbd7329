/** `[target, until in ms | null, reason, cut]` An admin silences somebody: what they say outside the cut is not shown. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { cutFrom, identityFrom, isReason, isTimeOrNull } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { because, lasting, malformed } from './action.ts'
import type { Action } from './action.ts'

export interface MutePayload {
  readonly target: Identity
  readonly untilMs: number | null
  readonly reason: string
  readonly cut: readonly string[]
}

export const mute: Action<MutePayload> = {
  kind: KIND.mute,
  word: 'mute',
  by: 'admin',
  does: ['mutes'],
  against: true,
  read(payload) {
    const [who, untilMs, reason, heads] = asArray(payload, 4) ?? []
    const target = identityFrom(who)
    const cut = cutFrom(heads)
    if (target === undefined) return malformed('the target')
    if (!isTimeOrNull(untilMs)) return malformed('the end')
    if (!isReason(reason)) return malformed('the reason')
    return cut === undefined ? malformed('the cut') : accept({ target, untilMs, reason, cut })
  },
  write: ({ target, untilMs, reason, cut }) => [fromHex(target), untilMs, reason, cut.map(fromHex)],
  sentence: ({ payload, author, timeUs, name }) =>
    `${name(author)} muted ${name(payload.target)}${lasting(payload.untilMs, timeUs)}${because(payload.reason)}`,
  noun: ({ payload, name }) => `mute of ${name(payload.target)}`
}
