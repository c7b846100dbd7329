/** Finding the person that a word on the command line means, and showing people. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import { ApiError, REFUSED, type MemberView } from '../engine/api.ts'

/** Shorter starts of an identity would match by accident. */
const MIN_IDENTITY_DIGITS = 8

/** `nick` alone where it is unambiguous among `others`, else with the fingerprint. */
export function memberName(member: MemberView, others: readonly MemberView[]): string {
  const nick = sanitiseLine(member.nick)
  const twins = others.filter((other) => sanitiseLine(other.nick).toLowerCase() === nick.toLowerCase())
  return twins.length > 1 ? `${nick} (${member.fingerprint})` : nick
}

/** The member whose nick, fingerprint or identity (its start, 8 digits at least) is `word`. Throws ApiError `not-found` or `ambiguous`. */
export function findMember(members: readonly MemberView[], word: string): MemberView {
  const wanted = sanitiseLine(word).toLowerCase()
  const byKey = members.filter((member) => isKeyOf(member, wanted))
  const found = byKey.length > 0 ? byKey : members.filter((member) => sanitiseLine(member.nick).toLowerCase() === wanted)
  const [first] = found
  if (first === undefined) throw new ApiError(REFUSED, 'not-found', `Nobody here is called ${sanitiseLine(word)}; /who lists who is.`)
  if (found.length === 1) return first
  const candidates = found.map((member) => member.fingerprint)
  const message = `${found.length} people here are called ${sanitiseLine(word)}; say which by fingerprint: ${candidates.join(', ')}.`
  throw new ApiError(REFUSED, 'ambiguous', message, { candidates })
}

function isKeyOf(member: MemberView, wanted: string): boolean {
  if (member.fingerprint.toLowerCase() === wanted) return true
  return wanted.length >= MIN_IDENTITY_DIGITS && member.identity.startsWith(wanted)
}
