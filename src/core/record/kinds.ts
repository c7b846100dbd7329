/**
 * The kinds of records. The number's range tells the graph that a record belongs to, so that a node stores and forwards kinds that it
 * does not know, in the right place and without effect.
 *
 *   1–63     message graph      64–127   authority graph      128–191   ephemeral: sent, never stored
 */
export const KIND = {
  say: 1,
  action: 2,
  file: 3,
  edit: 4,
  redactOwn: 5,
  react: 6,
  genesis: 64,
  admit: 65,
  leave: 66,
  invite: 67,
  revokeInvite: 68,
  promote: 69,
  demote: 70,
  kick: 71,
  ban: 72,
  unban: 73,
  mute: 74,
  unmute: 75,
  redact: 76,
  transfer: 77,
  reclaim: 78,
  rotateToken: 79,
  policy: 80,
  close: 81,
  presence: 128
} as const

export type RecordGraph = 'message' | 'authority' | 'ephemeral'

/** Kinds that are lines of a conversation. */
export const SPOKEN_KINDS: readonly number[] = [KIND.say, KIND.action]

/** Undefined for numbers outside every range. */
export function graphOf(kind: number): RecordGraph | undefined {
  if (kind >= 1 && kind <= 63) return 'message'
  if (kind >= 64 && kind <= 127) return 'authority'
  if (kind >= 128 && kind <= 191) return 'ephemeral'
  return undefined
}
