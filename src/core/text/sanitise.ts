/**
 * What peers and pasted text may put on a screen. Applied once, where a foreign string enters; what comes out holds no
 * control byte, no direction override, nothing invisible but the joiners that scripts and emoji are written with, and no
 * cluster tall enough to bury its neighbours.
 *
 * One pass: each code point is taken, replaced or dropped by what was written before it. So the cost is linear, and both
 * functions are idempotent: what was written once is written again.
 */
import { MAX_CLUSTER_CODE_POINTS } from '../record/limits.ts'
import { TEXT_NOT_SHOWN, spend, stepsFor, withinBudget } from './budget.ts'
import { BOUNDARY, ClusterBreaks } from './cluster-breaks.ts'
import {
  BREAK, EMOJI, EMOJI_MODIFIER, IDEOGRAPH, INVISIBLE, JOINING, MONGOLIAN_LETTER, UNPRINTABLE, breakClass, flagsOf
} from './code-points.ts'
import { textWidth } from './clusters.ts'

/** Columns between tab stops: chat lines are short, eight would waste them. */
export const TAB_COLUMNS = 4

const HARMLESS = /^[\x20-\x7e]*$/
const HARMLESS_LINES = /^[\n\x20-\x7e]*$/

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NON_JOINER = 0x200c
const JOINER = 0x200d
const LINE_SEPARATOR = 0x2028
const PARAGRAPH_SEPARATOR = 0x2029
const DOTTED_CIRCLE = 0x25cc
const EMOJI_SELECTOR = 0xfe0f
const REPLACEMENT = 0xfffd
const BLACK_FLAG = 0x1f3f4
const TAG_END = 0xe007f
/** Letters of the longest tag sequence in use (England, Scotland, Wales have five). */
const MAX_TAGS = 6

/** For one line: nicks, topics, room names, notices. Line breaks and tabs become a space each. */
export function sanitiseLine(text: string): string {
  if (HARMLESS.test(text)) return text
  return withinBudget(stepsFor(text.length), () => new Sanitiser(false).run(text), () => TEXT_NOT_SHOWN)
}

/**
 * For message bodies: as {@link sanitiseLine}, but line breaks stay (as LF) and tabs go to the next tab stop.
 * @param instead stands for a text that costs more than its budget
 */
export function sanitiseText(text: string, instead = TEXT_NOT_SHOWN): string {
  if (HARMLESS_LINES.test(text)) return text
  return withinBudget(stepsFor(text.length), () => new Sanitiser(true).run(text), () => instead)
}

/** ␀…␟ and ␡ for C0 and DEL; C1 has no pictures of its own and gets the substitute form. */
function controlSymbol(code: number): number {
  if (code < 0x20) return 0x2400 + code
  if (code === 0x7f) return 0x2421
  return code < 0xa0 ? 0x2426 : REPLACEMENT
}

class Sanitiser {
  readonly #keepsLines: boolean
  readonly #breaks = new ClusterBreaks()
  #out = ''
  /** What was written since the last tab stop or line break, and the column where it starts: only what has tabs is measured. */
  #part = ''
  #column = 0
  /** Code points in the cluster that is being written. */
  #points = 0
  /** The last code point written, and its flags. */
  #last = 0
  #lastFlags = 0
  /** The last is a pictograph (1), or a selector or a tone on one (2): a joiner may follow. */
  #pictograph = 0
  /** What is written only if the right thing follows at once: a joiner between pictographs, or the tags of a flag. */
  #held = ''
  #heldPoints = 0

  constructor(keepsLines: boolean) {
    this.#keepsLines = keepsLines
  }

  run(text: string): string {
    for (let at = 0; at < text.length; ) {
      spend(1)
      const code = text.codePointAt(at) ?? 0
      at += code > 0xffff ? 2 : 1
      if (code === CARRIAGE_RETURN && text.charCodeAt(at) === LINE_FEED) continue
      this.#see(code)
    }
    return this.#out + this.#part
  }

  #see(code: number): void {
    if (code === LINE_FEED || code === CARRIAGE_RETURN || code === LINE_SEPARATOR || code === PARAGRAPH_SEPARATOR) this.#breakLine()
    else if (code === TAB) this.#tab()
    else if (code >= 0xd800 && code <= 0xdfff) this.#write(REPLACEMENT)
    else if ((flagsOf(code) & UNPRINTABLE) !== 0) this.#write(controlSymbol(code))
    else if ((flagsOf(code) & INVISIBLE) !== 0) this.#invisible(code)
    else this.#write(code)
  }

  #breakLine(): void {
    if (!this.#keepsLines) {
      this.#write(0x20)
      return
    }
    this.#write(LINE_FEED)
    this.#endPart()
    this.#column = 0
  }

  #tab(): void {
    if (!this.#keepsLines) {
      this.#write(0x20)
      return
    }
    this.#column += textWidth(this.#part)
    const blanks = TAB_COLUMNS - (this.#column % TAB_COLUMNS)
    for (let count = 0; count < blanks; count++) this.#write(0x20)
    this.#endPart()
    this.#column += blanks
  }

  #endPart(): void {
    this.#out += this.#part
    this.#part = ''
  }

  /** Written if what stands before it needs it, held if what follows decides, else dropped. */
  #invisible(code: number): void {
    if (this.#last === BLACK_FLAG && isTag(code)) {
      this.#hold(code)
      return
    }
    if (code === TAG_END && this.#heldPoints > 0 && this.#last === BLACK_FLAG) {
      const isWhole = this.#heldPoints <= MAX_TAGS
      if (isWhole && this.#points + this.#heldPoints < MAX_CLUSTER_CODE_POINTS) {
        this.#hold(code)
        this.#release()
        return
      }
    }
    this.#drop()
    if (code === JOINER && this.#pictograph > 0) this.#hold(code)
    else if (this.#isWanted(code)) this.#write(code)
  }

  #isWanted(code: number): boolean {
    const flags = this.#lastFlags
    if (code === JOINER || code === NON_JOINER) return (flags & JOINING) !== 0
    if (code === 0xfe0e || code === EMOJI_SELECTOR) return (flags & EMOJI) !== 0
    if ((code >= 0xfe00 && code <= 0xfe02) || (code >= 0xe0100 && code <= 0xe01ef)) return (flags & IDEOGRAPH) !== 0
    return ((code >= 0x180b && code <= 0x180d) || code === 0x180f) && (flags & MONGOLIAN_LETTER) !== 0
  }

  #hold(code: number): void {
    // Longer than any that is released: of these only the number counts.
    if (this.#heldPoints <= MAX_TAGS + 1) this.#held += String.fromCodePoint(code)
    this.#heldPoints++
  }

  #drop(): void {
    this.#held = ''
    this.#heldPoints = 0
  }

  #release(): void {
    const held = this.#held
    this.#drop()
    for (const char of held) this.#append(char.codePointAt(0) ?? 0)
  }

  #write(code: number): void {
    const flags = flagsOf(code)
    const isJoined = this.#heldPoints > 0 && this.#held.codePointAt(0) === JOINER && breakClass(flags) === BREAK.PICTOGRAPH
    if (isJoined && this.#points + 1 < MAX_CLUSTER_CODE_POINTS) this.#release()
    else this.#drop()
    const boundary = this.#breaks.before(flags)
    if (boundary === BOUNDARY.NONE && this.#points >= mostBefore(code, flags)) return
    // A mark at the start of a line gets a body to sit on.
    if (boundary === BOUNDARY.CLUSTER && isExtending(flags)) this.#append(DOTTED_CIRCLE)
    this.#append(code)
  }

  #append(code: number): void {
    spend(1)
    const flags = flagsOf(code)
    this.#points = this.#breaks.before(flags) === BOUNDARY.NONE ? this.#points + 1 : 1
    this.#breaks.take(flags)
    const isDress = code === EMOJI_SELECTOR || (flags & EMOJI_MODIFIER) !== 0
    this.#pictograph = breakClass(flags) === BREAK.PICTOGRAPH ? 1 : isDress && this.#pictograph === 1 ? 2 : 0
    this.#last = code
    this.#lastFlags = flags
    this.#part += String.fromCodePoint(code)
  }
}

/** How many code points may stand before this one in its cluster: one fewer for what is nothing without what follows it. */
function mostBefore(code: number, flags: number): number {
  const kind = breakClass(flags)
  const isIncomplete = kind === BREAK.PREPEND || kind === BREAK.L || code === NON_JOINER || code === JOINER
  return isIncomplete ? MAX_CLUSTER_CODE_POINTS - 1 : MAX_CLUSTER_CODE_POINTS
}

function isExtending(flags: number): boolean {
  const kind = breakClass(flags)
  return kind >= BREAK.EXTEND && kind <= BREAK.SPACING
}

/** Digits and letters of a tag sequence. */
function isTag(code: number): boolean {
  return (code >= 0xe0030 && code <= 0xe0039) || (code >= 0xe0061 && code <= 0xe007a)
}
