/** `[target, reason, cut]` The owner takes back what made somebody an admin. What they said as an admin before the cut stays as it is. */
import { KIND } from '../../record/kinds.ts'
import { because } from './action.ts'
import type { Action } from './action.ts'
import { readRemoval, writeRemoval } from './removal.ts'
import type { RemovalPayload } from './removal.ts'

export const demote: Action<RemovalPayload> = {
  kind: KIND.demote,
  word: 'demote',
  by: 'owner',
  does: ['revokes'],
  undoes: 'promotes',
  read: readRemoval,
  write: writeRemoval,
  sentence: ({ payload, author, name }) => `${name(author)} made ${name(payload.target)} a member${because(payload.reason)}`,
  noun: ({ payload, name }) => `demotion of ${name(payload.target)}`
}
