/**
 * `[target, until in ms | null, purge, reason, cut]` An admin removes somebody until then, or until somebody of the same rank lets them in again.
 * With `purge`, what they said before is not shown either.
 */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray } from '../../record/codec.ts'
import { cutFrom, identityFrom, isReason, isTimeOrNull } from '../../record/fields.ts'
import type { Identity } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { because, lasting, malformed } from './action.ts'
import type { Action } from './action.ts'

export interface BanPayload {
  readonly target: Identity
  readonly untilMs: number | null
  readonly purge: boolean
  readonly reason: string
  readonly cut: readonly string[]
}

export const ban: Action<BanPayload> = {
  kind: KIND.ban,
  word: 'ban',
  by: 'admin',
  does: ['revokes', 'removes'],
  against: true,
  read(payload) {
    const [who, untilMs, purge, reason, heads] = asArray(payload, 5) ?? []
    const target = identityFrom(who)
    const cut = cutFrom(heads)
    if (target === undefined) return malformed('the target')
    if (!isTimeOrNull(untilMs)) return malformed('the end')
    if (typeof purge !== 'boolean' || !isReason(reason)) return malformed('the reason')
    return cut === undefined ? malformed('the cut') : accept({ target, untilMs, purge, reason, cut })
  },
  write: ({ target, untilMs, purge, reason, cut }) => [fromHex(target), untilMs, purge, reason, cut.map(fromHex)],
  sentence: ({ payload, author, timeUs, name }) => {
    const hidden = payload.purge ? ' and hid what they had said' : ''
    return `${name(author)} banned ${name(payload.target)}${lasting(payload.untilMs, timeUs)}${hidden}${because(payload.reason)}`
  },
  noun: ({ payload, name }) => `ban of ${name(payload.target)}`
}
