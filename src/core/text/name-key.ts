/**
 * The one form by which names are compared: of rooms, of people, of handles, at every place and in every face. Two spellings
 * have one key when they differ in case (also `STRASSE` and `straße`), in composed and decomposed letters, in width (`ｌｏｂｂｙ`),
 * in ligatures, in the kind or number of blanks, or in what cannot be seen.
 *
 * Room names are hashed for the wire by {@link foldName}, so peers must agree on it to the letter: SPEC, "Names".
 */
import { spend } from './budget.ts'
import { sanitiseLine } from './sanitise.ts'

/** Of longer texts nothing is folded: no name is as long, and normalising costs the square of the marks in a row. */
const MAX_FOLDED_LENGTH = 512
/** What six passes over a short string cost, beside its length. */
const FOLD_STEPS = 32
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/** Unicode's caseless compatibility form, as near as upper-then-lower comes to case folding; final sigma is folded by hand. */
export function foldName(name: string): string {
  if (name.length > MAX_FOLDED_LENGTH) return name
  return foldAll(name).trim()
}

/** The same for a whole text that is searched for a name. Expected sanitised: so no run of marks is long. */
export function foldText(text: string): string {
  return foldAll(text)
}

function foldAll(text: string): string {
  spend(text.length)
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase().replace(/ +/gu, ' ')
  spend(FOLD_STEPS + 4 * text.length)
  return foldOnce(foldOnce(text)).replace(/\s+/gu, ' ')
}

function foldOnce(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
}

/** The key of whatever somebody typed for a name, or of a name that a peer claims. */
export function nameKey(typed: string): string {
  return foldName(sanitiseLine(typed.slice(0, MAX_FOLDED_LENGTH + 1)))
}
