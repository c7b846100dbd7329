/** Where grapheme clusters end: the rules of UAX #29 (revision 47) as a machine that sees one code point after the other. */
import { BREAK, breakClass } from './code-points.ts'
import type { BreakClass } from './code-points.ts'

/** What lies before a code point. */
export const BOUNDARY = {
  /** None: it belongs to the cluster before it. */
  NONE: 0,
  /** A cluster ends. */
  CLUSTER: 1,
  /** None, but only because a virama joins two consonants (rule GB9c): before revision 43 a cluster ended here. */
  CONJUNCT: 2
} as const
export type Boundary = (typeof BOUNDARY)[keyof typeof BOUNDARY]

/** How far a sequence has come that needs more than its last code point to be known. */
const NOT_BEGUN = 0
const BEGUN = 1
const LINKED = 2

export class ClusterBreaks {
  /** Of the last code point; undefined at the start of the text. */
  #last: BreakClass | undefined
  /** GB11: a pictograph with what extends it, then a joiner. */
  #pictograph = NOT_BEGUN
  /** GB9c: a consonant with what extends it, a linker among that. */
  #conjunct = NOT_BEGUN
  /** GB12, GB13: an odd number of regional indicators so far. */
  #isOddRegional = false

  /** What would lie before a code point of these flags. */
  before(flags: number): Boundary {
    const last = this.#last
    const next = breakClass(flags)
    if (last === undefined) return BOUNDARY.CLUSTER
    if (last <= BREAK.LF || next <= BREAK.LF) return plainOrControl(last, next)
    if (next <= BREAK.SPACING || last === BREAK.PREPEND) return BOUNDARY.NONE
    if (next >= BREAK.L && next <= BREAK.LVT) return joinsHangul(last, next) ? BOUNDARY.NONE : BOUNDARY.CLUSTER
    if (next === BREAK.CONSONANT && this.#conjunct === LINKED) return BOUNDARY.CONJUNCT
    if (next === BREAK.PICTOGRAPH && this.#pictograph === LINKED) return BOUNDARY.NONE
    return next === BREAK.REGIONAL && this.#isOddRegional ? BOUNDARY.NONE : BOUNDARY.CLUSTER
  }

  /** The code point comes next. */
  take(flags: number): void {
    const next = breakClass(flags)
    this.#pictograph = this.#pictographAfter(next)
    this.#conjunct = this.#conjunctAfter(next)
    this.#isOddRegional = next === BREAK.REGIONAL && !this.#isOddRegional
    this.#last = next
  }

  #pictographAfter(next: BreakClass): number {
    if (next === BREAK.PICTOGRAPH) return BEGUN
    if (this.#pictograph !== BEGUN) return NOT_BEGUN
    if (next === BREAK.ZWJ) return LINKED
    return next === BREAK.EXTEND || next === BREAK.NON_JOINER || next === BREAK.LINKER ? BEGUN : NOT_BEGUN
  }

  #conjunctAfter(next: BreakClass): number {
    if (next === BREAK.CONSONANT) return BEGUN
    if (this.#conjunct === NOT_BEGUN) return NOT_BEGUN
    if (next === BREAK.LINKER) return LINKED
    return next === BREAK.EXTEND || next === BREAK.ZWJ ? this.#conjunct : NOT_BEGUN
  }
}

/** Where one side is OTHER or a control. */
function plainOrControl(last: BreakClass, next: BreakClass): Boundary {
  if (last === BREAK.CR && next === BREAK.LF) return BOUNDARY.NONE
  if (next === BREAK.OTHER && last === BREAK.PREPEND) return BOUNDARY.NONE
  const isExtending = next >= BREAK.EXTEND && next <= BREAK.SPACING
  return last === BREAK.OTHER && isExtending ? BOUNDARY.NONE : BOUNDARY.CLUSTER
}

function joinsHangul(last: BreakClass, next: BreakClass): boolean {
  if (last === BREAK.L) return next !== BREAK.T
  if (last === BREAK.LV || last === BREAK.V) return next === BREAK.V || next === BREAK.T
  return (last === BREAK.LVT || last === BREAK.T) && next === BREAK.T
}
