/**
 * Grapheme clusters and how many terminal columns they take.
 *
 * No width table is right in every terminal, so next to the width we keep there is {@link isAmbiguousWidth}: a painter
 * moves the cursor explicitly after such a cluster instead of trusting either table.
 */
import { MAX_CLUSTER_CODE_POINTS } from '../record/limits.ts'
import { spend } from './budget.ts'
import { BOUNDARY, ClusterBreaks } from './cluster-breaks.ts'
import { EMOJI, EMOJI_PRESENTATION, columnsIn, flagsOf } from './code-points.ts'

/** Columns of a cluster; 0 only for what has no body of its own (a control, a lone combining mark). */
export type ClusterWidth = 0 | 1 | 2

/**
 * Code units of which each is a cluster by itself, whatever stands beside it from this same set: printable ASCII, Latin,
 * Greek and Cyrillic letters, general punctuation that is no format control, kana, common ideographs, Hangul syllables,
 * and the line feed. Text made of these alone needs no look at its code points.
 */
const ONE_UNIT_CLUSTERS =
  /^[\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u2500-\u25ff\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/** One cluster after the other, looking at each code point once. */
class ClusterReader {
  readonly #text: string
  readonly #breaks = new ClusterBreaks()
  /** Where the next cluster starts. */
  #from = 0
  /** How far the code points were looked at. */
  #at = 0
  /** Parts of a conjunct that was split, last first. */
  readonly #parts: string[] = []

  constructor(text: string) {
    this.#text = text
  }

  /** The empty string at the end. */
  next(): string {
    return this.#parts.pop() ?? this.#read()
  }

  #read(): string {
    const text = this.#text
    const from = this.#from
    const cuts: number[] = []
    let points = 0
    let columns = 0
    while (this.#at < text.length) {
      spend(1)
      const code = text.codePointAt(this.#at) ?? 0
      const flags = flagsOf(code)
      const boundary = this.#breaks.before(flags)
      if (boundary === BOUNDARY.CLUSTER && this.#at > from) break
      if (boundary === BOUNDARY.CONJUNCT) cuts.push(this.#at)
      this.#breaks.take(flags)
      this.#at += code > 0xffff ? 2 : 1
      points++
      columns += columnsIn(flags)
    }
    this.#from = this.#at
    // None of a conjunct is to be cut off, neither by its cell nor by the bound on clusters.
    if (cuts.length === 0 || (columns <= 2 && points <= MAX_CLUSTER_CODE_POINTS)) return text.slice(from, this.#at)
    let end = this.#at
    for (const cut of cuts.reverse()) {
      this.#parts.push(text.slice(cut, end))
      end = cut
    }
    return text.slice(from, end)
  }
}

/**
 * Splits at the boundaries of extended grapheme clusters (UAX #29); a conjunct that would take more than two columns is split
 * before its consonants (as UAX #29 did before revision 43), so that none of it is cut off.
 */
export function splitClusters(text: string): string[] {
  spend(text.length)
  if (ONE_UNIT_CLUSTERS.test(text)) return text.split('')
  const clusters: string[] = []
  const reader = new ClusterReader(text)
  for (let cluster = reader.next(); cluster !== ''; cluster = reader.next()) clusters.push(cluster)
  return clusters
}

const VARIATION_EMOJI = '\ufe0f'
/** Latin and what comes with it, the bulk of most text. */
const ONE_COLUMN = /^[\x20-\x7e\xa0-\xac\xae-\u02ff]$/

/**
 * Columns for one cluster as {@link splitClusters} yields it. Emoji take two; everything else the sum of its code points,
 * at most two. Where terminals disagree the larger common value is taken, since a column too many is a blank, and one too
 * few cuts a glyph.
 */
export function clusterWidth(cluster: string): ClusterWidth {
  spend(cluster.length)
  if (ONE_COLUMN.test(cluster)) return 1
  const first = flagsOf(cluster.codePointAt(0) ?? 0)
  if ((first & EMOJI_PRESENTATION) !== 0) return 2
  if (cluster.length > 1 && (first & EMOJI) !== 0 && cluster.includes(VARIATION_EMOJI)) return 2
  let columns = 0
  for (const char of cluster) columns += columnsIn(flagsOf(char.codePointAt(0) ?? 0))
  return columns === 0 ? 0 : columns === 1 ? 1 : 2
}

/** Columns of a text on one line. */
export function textWidth(text: string): number {
  spend(text.length)
  if (PRINTABLE_ASCII.test(text)) return text.length
  let columns = 0
  const reader = new ClusterReader(text)
  for (let cluster = reader.next(); cluster !== ''; cluster = reader.next()) columns += clusterWidth(cluster)
  return columns
}

/** Width of these changed between Unicode versions, depends on the font, or on whether the terminal knows emoji. */
const DISPUTED =
  /^[\p{Cc}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\p{Co}\p{Cn}\p{M}\p{Cf}\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7ff]/u
const UNDISPUTED = /^[\x20-\x7e\xa0-\xa8\xaa-\xac\xaf-\u02ff]$/
/** A base that everyone agrees on, with marks that everyone lets sit on top of it. */
const PLAIN_MARKED = /^[\p{L}\p{N}\p{P}\p{Zs}][\u0300-\u036f]+$/u

/** True when terminals disagree on how many columns this cluster takes (table in ADR 0040). */
export function isAmbiguousWidth(cluster: string): boolean {
  if (UNDISPUTED.test(cluster)) return false
  if (cluster.length === 1) return DISPUTED.test(cluster)
  const first = cluster.codePointAt(0) ?? 0
  if (cluster.length === 2 && first > 0xffff) return first < 0x20000 || first > 0x3fffd || DISPUTED.test(cluster)
  return !PLAIN_MARKED.test(cluster) || DISPUTED.test(cluster)
}

/**
 * The text when it fits into `cells` columns, else as much of it as fits in front of an ellipsis. Never wider than `cells`.
 * Looks no further than what is shown, however long the text is.
 */
export function truncateToWidth(text: string, cells: number): string {
  if (cells <= 0) return ''
  if (text.length <= cells && PRINTABLE_ASCII.test(text)) return text
  let kept = 0
  let columns = 0
  let room = 0
  const reader = new ClusterReader(text)
  for (let cluster = reader.next(); cluster !== ''; cluster = reader.next()) {
    columns += clusterWidth(cluster)
    if (columns > cells) return `${text.slice(0, room)}…`
    kept += cluster.length
    if (columns <= cells - 1) room = kept
  }
  return text
}
