/** What the commands of a server's console share: which server is meant, and how identities and PeerIds are shown. */
import { fingerprint } from '../core/record/keys.ts'
import { isHex } from '../core/record/bytes.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'

export function to(server: string | undefined): { server?: string } {
  return server === undefined ? {} : { server }
}

/** A fingerprint for identities, the end of a PeerId. */
export function shortId(who: string): string {
  return isHex(who, 32) ? fingerprint(who) : sanitiseLine(who.length > 24 ? `…${who.slice(-8)}` : who)
}
