/** What in a text is not only text: links, and the names of those who are present. */
import { spend } from '../core/text/budget.ts'
import { foldText, nameKey } from '../core/text/name-key.ts'
import type { MemberView, Person } from '../engine/api.ts'
import { STYLE, nickStyle } from './style.ts'
import type { Span } from './wrap.ts'

const TOKEN = /\S+/gu
const LINK = /^[(<"']?(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/u
/** Words longer than this are nobody's name: a nick has 64 bytes, and some punctuation may stand around it. */
const MAX_NAME_LENGTH = 96
/** `@ann,` and `(ann)` mean ann. */
const BEFORE_NAME = new Set('@("\'“‘')
const PUNCTUATION = /^\p{P}$/u

/** Punctuation around a name that is looked at. */
const MAX_AROUND = 16

/** True when the text names this nick as a word, in whatever spelling. The text is expected sanitised. */
export function mentions(text: string, nick: string): boolean {
  const wanted = nameKey(nick)
  if (wanted === '') return false
  const folded = foldText(text)
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    spend(1)
    if (isWord(folded, at, at + wanted.length)) return true
  }
  return false
}

/** Whether there is nothing between what stands there and the blanks around it but punctuation. */
function isWord(text: string, from: number, to: number): boolean {
  let start = from
  while (start > 0 && from - start < MAX_AROUND && BEFORE_NAME.has(text.charAt(start - 1))) start--
  let end = to
  while (end < text.length && end - to < MAX_AROUND && PUNCTUATION.test(text.charAt(end))) end++
  spend(from - start + end - to)
  return text.charAt(start - 1).trim() === '' && text.charAt(end).trim() === ''
}

/** The word without the punctuation around it. */
function bare(token: string): string {
  let from = 0
  while (from < token.length && BEFORE_NAME.has(token.charAt(from))) from++
  let to = token.length
  while (to > from && PUNCTUATION.test(token.charAt(to - 1))) to--
  return token.slice(from, to)
}

/** Styles of the names that are known in a room, by the key of the nick. */
export function nameStyles(members: readonly Person[], me: Person): Map<string, number> {
  const styles = new Map(members.map((member) => [nameKey(member.nick), nickStyle(member.identity)]))
  styles.set(nameKey(me.nick), STYLE.mention)
  return styles
}

/** The signs beside the names of owner and admins; a muted person's says that. */
export const ROLE_SIGN = { owner: '◆', admin: '◇', member: '', muted: '×' } as const

export function roleSigns(members: readonly MemberView[]): Map<string, string> {
  const signs = members.map(({ identity, role, muted }) => [identity, muted ? ROLE_SIGN.muted : ROLE_SIGN[role]] as const)
  return new Map(signs.filter(([, sign]) => sign !== ''))
}

/** Keys of nicks that more than one person here goes by: shown with a part of the fingerprint. */
export function twinNicks(members: readonly Person[]): Set<string> {
  const seen = new Set<string>()
  const twins = new Set<string>()
  for (const { nick } of members) {
    const key = nameKey(nick)
    if (seen.has(key)) twins.add(key)
    seen.add(key)
  }
  return twins
}

/** The nick, and where it is not one person's alone the start of the fingerprint. */
export function shownNick(person: Person, twins: ReadonlySet<string>): string {
  if (twins.size === 0 || !twins.has(nameKey(person.nick))) return person.nick
  return `${person.nick}~${person.fingerprint.slice(0, SHOWN_FINGERPRINT)}`
}

const SHOWN_FINGERPRINT = 4

/** Words beyond Latin that are looked up in one message, since each has to be folded. */
const MAX_FOLDED_WORDS = 1000
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/

/** The text in spans; names and links in styles of their own. */
export function styledWords(text: string, base: number, names: ReadonlyMap<string, number>): Span[] {
  const spans: Span[] = []
  let folded = 0
  let done = 0
  const add = (from: number, to: number, style: number): void => {
    if (from > done) spans.push({ text: text.slice(done, from), style: base })
    spans.push({ text: text.slice(from, to), style })
    done = to
  }
  spend(text.length)
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match
    const link = LINK.exec(token)
    if (link?.[1] !== undefined) {
      const from = match.index + token.indexOf(link[1])
      add(from, from + link[1].length, STYLE.link)
      continue
    }
    if (token.length > MAX_NAME_LENGTH || (!PRINTABLE_ASCII.test(token) && ++folded > MAX_FOLDED_WORDS)) continue
    const name = bare(token)
    const style = name === '' ? undefined : names.get(nameKey(name))
    if (style === undefined) continue
    const from = match.index + token.indexOf(name)
    add(from, from + name.length, style)
  }
  if (done < text.length || spans.length === 0) spans.push({ text: text.slice(done), style: base })
  return spans
}
