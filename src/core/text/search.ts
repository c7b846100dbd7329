/** Looking for what a person typed in what others wrote, without regard to case and spelling. */
import { spend } from './budget.ts'
import { foldText } from './name-key.ts'
import { sanitiseText } from './sanitise.ts'

/**
 * Says of any text whether it holds the term. Cost linear in both, whatever they are: Knuth, Morris and Pratt, "Fast pattern
 * matching in strings", SIAM J. Comput. 6 (1977).
 */
export function textFinder(term: string): (text: string) => boolean {
  const wanted = foldText(sanitiseText(term))
  const fallback = fallbacksOf(wanted)
  return (text) => {
    const folded = foldText(sanitiseText(text))
    let matched = 0
    for (let at = 0; at < folded.length && matched < wanted.length; at++) {
      spend(1)
      while (matched > 0 && folded.charCodeAt(at) !== wanted.charCodeAt(matched)) matched = fallback[matched - 1] ?? 0
      if (folded.charCodeAt(at) === wanted.charCodeAt(matched)) matched++
    }
    return matched === wanted.length
  }
}

/** For each start of the term the length of the longest other start that it ends with. */
function fallbacksOf(term: string): Int32Array {
  const fallback = new Int32Array(term.length)
  let length = 0
  for (let at = 1; at < term.length; at++) {
    spend(1)
    while (length > 0 && term.charCodeAt(at) !== term.charCodeAt(length)) length = fallback[length - 1] ?? 0
    if (term.charCodeAt(at) === term.charCodeAt(length)) length++
    fallback[at] = length
  }
  return fallback
}
