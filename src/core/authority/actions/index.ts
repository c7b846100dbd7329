/** All actions, one line each. */
import type { Action } from './action.ts'
import { admit } from './admit.ts'
import { ban } from './ban.ts'
import { close } from './close.ts'
import { demote } from './demote.ts'
import { invite } from './invite.ts'
import { kick } from './kick.ts'
import { leave } from './leave.ts'
import { mute } from './mute.ts'
import { policy } from './policy.ts'
import { promote } from './promote.ts'
import { reclaim } from './reclaim.ts'
import { redact } from './redact.ts'
import { revokeInvite } from './revoke-invite.ts'
import { rotateToken } from './rotate-token.ts'
import { transfer } from './transfer.ts'
import { unban } from './unban.ts'
import { unmute } from './unmute.ts'

export const ACTIONS: readonly Action[] = [
  admit,
  ban,
  close,
  demote,
  invite,
  kick,
  leave,
  mute,
  policy,
  promote,
  reclaim,
  redact,
  revokeInvite,
  rotateToken,
  transfer,
  unban,
  unmute
]
