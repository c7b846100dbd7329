/**
 * Grapheme clusters and how many terminal columns they take.
 *
 * No width table is right in every terminal, so next to the width we keep there is {@link isAmbiguousWidth}: a painter
 * moves the cursor explicitly after such a cluster instead of trusting either table.
 */
import { eastAsianWidth } from 'get-east-asian-width'

/** Columns of a cluster; 0 only for what has no body of its own (a control, a lone combining mark). */
export type ClusterWidth = 0 | 1 | 2

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Code units of which each is a cluster by itself, whatever stands beside it from this same set: printable ASCII, Latin,
 * Greek and Cyrillic letters, general punctuation that is no format control, kana, common ideographs, Hangul syllables,
 * and the line feed. Text made of these alone needs no segmenter, which is some 30 times slower.
 */
const ONE_UNIT_CLUSTERS =
  /^[\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u2500-\u25ff\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/** Consonants that a virama joins into one cluster. */
const CONJUNCT = /\p{L}[\p{M}\u200c\u200d]+\p{L}/u
const BEFORE_CONSONANTS = /(?<=[\p{M}\u200c\u200d])(?=\p{L})/u

/**
 * Splits at the boundaries of extended grapheme clusters (UAX #29, as the runtime's ICU has them); a conjunct that would take
 * more than two columns is split before its consonants (as UAX #29 did before revision 43), so that none of it is cut off.
 */
export function splitClusters(text: string): string[] {
  if (ONE_UNIT_CLUSTERS.test(text)) return text.split('')
  const clusters: string[] = []
  for (const { segment } of segmenter.segment(text)) {
    if (segment.length > 2 && CONJUNCT.test(segment) && columnsOf(segment) > 2) clusters.push(...segment.split(BEFORE_CONSONANTS))
    else clusters.push(segment)
  }
  return clusters
}

const EMOJI_PRESENTATION = /^\p{Emoji_Presentation}/u
const EMOJI_VARIATION = /^\p{Emoji}.*\ufe0f/u
/** Latin and what comes with it, the bulk of most text. */
const ONE_COLUMN = /^[\x20-\x7e\xa0-\xac\xae-\u02ff]$/
/** Extends what stands before it without taking a column: marks, invisible format characters, Hangul vowels and finals. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}\p{Cc}\u1160-\u11ff\ud7b0-\ud7ff]$/u

/**
 * Columns for one cluster as {@link splitClusters} yields it. Emoji take two; everything else the sum of its code points,
 * at most two. Where terminals disagree the larger common value is taken, since a column too many is a blank, and one too
 * few cuts a glyph.
 */
export function clusterWidth(cluster: string): ClusterWidth {
  if (ONE_COLUMN.test(cluster)) return 1
  if (EMOJI_PRESENTATION.test(cluster) || (cluster.length > 1 && EMOJI_VARIATION.test(cluster))) return 2
  const columns = columnsOf(cluster)
  return columns === 0 ? 0 : columns === 1 ? 1 : 2
}

function columnsOf(cluster: string): number {
  let columns = 0
  for (const char of cluster) if (!NO_COLUMN.test(char)) columns += eastAsianWidth(char.codePointAt(0) ?? 0)
  return columns
}

/** Columns of a text on one line. */
export function textWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length
  let columns = 0
  for (const cluster of splitClusters(text)) columns += clusterWidth(cluster)
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

/** The text when it fits into `cells` columns, else as much of it as fits in front of an ellipsis. Never wider than `cells`. */
export function truncateToWidth(text: string, cells: number): string {
  if (cells <= 0) return ''
  if (PRINTABLE_ASCII.test(text)) return text.length <= cells ? text : `${text.slice(0, cells - 1)}…`
  let kept = ''
  let columns = 0
  let room = ''
  for (const cluster of splitClusters(text)) {
    columns += clusterWidth(cluster)
    if (columns > cells) return `${room}…`
    kept += cluster
    if (columns <= cells - 1) room = kept
  }
  return kept
}
