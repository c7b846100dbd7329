/** What in a text is not only text: links, and the names of those who are present. */
import type { MemberView, Person } from '../engine/api.ts'
import { STYLE, nickStyle } from './style.ts'
import type { Span } from './wrap.ts'

const TOKEN = /\S+/gu
const LINK = /^[(<"']?(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/u
/** `@ann,` and `(ann)` mean ann. */
const AROUND = /^([@("'“‘]*)(.*?)([\p{P}]*)$/su

/** True when the text names this nick as a word. */
export function mentions(text: string, nick: string): boolean {
  if (nick === '') return false
  const wanted = nick.toLowerCase()
  if (!text.toLowerCase().includes(wanted)) return false
  for (const [token] of text.matchAll(TOKEN)) {
    if (bare(token).toLowerCase() === wanted || token.toLowerCase() === wanted) return true
  }
  return false
}

function bare(token: string): string {
  return AROUND.exec(token)?.[2] ?? token
}

/** Styles of the names that are known in a room, by lower-case nick. */
export function nameStyles(members: readonly Person[], me: Person): Map<string, number> {
  const styles = new Map(members.map((member) => [member.nick.toLowerCase(), nickStyle(member.identity)]))
  styles.set(me.nick.toLowerCase(), STYLE.mention)
  return styles
}

/** The signs beside the names of owner and admins; a muted person's says that. */
export const ROLE_SIGN = { owner: '◆', admin: '◇', member: '', muted: '×' } as const

export function roleSigns(members: readonly MemberView[]): Map<string, string> {
  const signs = members.map(({ identity, role, muted }) => [identity, muted ? ROLE_SIGN.muted : ROLE_SIGN[role]] as const)
  return new Map(signs.filter(([, sign]) => sign !== ''))
}

/** Nicks, in lower case, that more than one person here goes by: shown with a part of the fingerprint. */
export function twinNicks(members: readonly Person[]): Set<string> {
  const seen = new Set<string>()
  const twins = new Set<string>()
  for (const { nick } of members) {
    const key = nick.normalize('NFKC').toLowerCase()
    if (seen.has(key)) twins.add(key)
    seen.add(key)
  }
  return twins
}

/** The nick, and where it is not one person's alone the start of the fingerprint. */
export function shownNick(person: Person, twins: ReadonlySet<string>): string {
  if (twins.size === 0 || !twins.has(person.nick.normalize('NFKC').toLowerCase())) return person.nick
  return `${person.nick}~${person.fingerprint.slice(0, SHOWN_FINGERPRINT)}`
}

const SHOWN_FINGERPRINT = 4

/** The text in spans; names and links in styles of their own. */
export function styledWords(text: string, base: number, names: ReadonlyMap<string, number>): Span[] {
  const spans: Span[] = []
  let done = 0
  const add = (from: number, to: number, style: number): void => {
    if (from > done) spans.push({ text: text.slice(done, from), style: base })
    spans.push({ text: text.slice(from, to), style })
    done = to
  }
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match
    const link = LINK.exec(token)
    if (link?.[1] !== undefined) {
      const from = match.index + token.indexOf(link[1])
      add(from, from + link[1].length, STYLE.link)
      continue
    }
    const name = bare(token)
    const style = names.get(name.toLowerCase())
    if (style === undefined || name === '') continue
    const from = match.index + token.indexOf(name)
    add(from, from + name.length, style)
  }
  if (done < text.length || spans.length === 0) spans.push({ text: text.slice(done), style: base })
  return spans
}
