/** Which of the known words was probably meant. */

/** Typing slips are one or two keys; more than that is another word. */
const MAX_SLIPS = 2
/** A longer word is not a slip of a command or a parameter, and comparing it would cost. */
const MAX_WORD_LENGTH = 32

/** The known word with the fewest slips from `word`, if there are few enough for its length. @param maxSlips how many those are */
export function nearest(word: string, known: readonly string[], maxSlips = word.length <= 3 ? 1 : MAX_SLIPS): string | undefined {
  if (word.length === 0 || word.length > MAX_WORD_LENGTH) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestSlips = maxSlips + 1
  for (const candidate of known) {
    const slips = distance(wanted, candidate.toLowerCase())
    if (slips < bestSlips) {
      best = candidate
      bestSlips = slips
    }
  }
  return best
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}
