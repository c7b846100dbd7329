/** `[target, reason, cut]` An admin removes somebody: from an open room for a minute, from a private one until they are let in again. */
import { KIND } from '../../record/kinds.ts'
import { because } from './action.ts'
import type { Action } from './action.ts'
import { readRemoval, writeRemoval } from './removal.ts'
import type { RemovalPayload } from './removal.ts'

export const kick: Action<RemovalPayload> = {
  kind: KIND.kick,
  word: 'kick',
  by: 'admin',
  does: ['revokes', 'removes'],
  against: true,
  liftedByAny: true,
  read: readRemoval,
  write: writeRemoval,
  sentence: ({ payload, author, name }) => `${name(author)} kicked ${name(payload.target)}${because(payload.reason)}`,
  noun: ({ payload, name }) => `kick of ${name(payload.target)}`
}
