/**
 * What peers and pasted text may put on a screen. Applied once, where a foreign string enters; what comes out holds no
 * control byte, no direction override, nothing invisible but the joiners that scripts and emoji are written with, and no
 * cluster tall enough to bury its neighbours.
 *
 * Both functions are idempotent.
 */
import { MAX_CLUSTER_CODE_POINTS } from '../record/limits.ts'
import { splitClusters, textWidth } from './clusters.ts'

/** Columns between tab stops: chat lines are short, eight would waste them. */
export const TAB_COLUMNS = 4

const HARMLESS = /^[\x20-\x7e]*$/
const HARMLESS_LINES = /^[\n\x20-\x7e]*$/

/** For one line: nicks, topics, room names, notices. Line breaks and tabs become a space each. */
export function sanitiseLine(text: string): string {
  if (HARMLESS.test(text)) return text
  return settle(text.replace(/\r\n|[\t\n\r\u2028\u2029]/gu, ' '))
}

/** For message bodies: as {@link sanitiseLine}, but line breaks stay (as LF) and tabs go to the next tab stop. */
export function sanitiseText(text: string): string {
  if (HARMLESS_LINES.test(text)) return text
  const lines = text.replace(/\r\n|[\r\u2028\u2029]/gu, '\n').split('\n')
  return lines.map((line) => settle(expandTabs(line))).join('\n')
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line
  const [first = '', ...rest] = line.split('\t')
  const parts = [first]
  let column = textWidth(first)
  for (const part of rest) {
    const blanks = TAB_COLUMNS - (column % TAB_COLUMNS)
    parts.push(' '.repeat(blanks), part)
    column += blanks + textWidth(part)
  }
  return parts.join('')
}

function settle(line: string): string {
  const visible = dropInvisible(line.toWellFormed().replace(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, controlSymbol))
  return capClusters(visible)
}

/** ␀…␟ and ␡ for C0 and DEL; C1 has no pictures of its own and gets the substitute form. */
function controlSymbol(char: string): string {
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return code < 0xa0 ? '\u2426' : '\ufffd'
}

/** Scripts in which joiner and non-joiner change what a word looks like. */
const JOINING = '\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}' +
  '\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Tibt}'
/**
 * An invisible code point is kept when the alternative in front of it matches:
 * a flag's tag sequence; a joiner between two pictographs; a joiner in a joining script; a presentation selector on an
 * emoji; an ideograph's variation; a Mongolian one. Everything else that is invisible by definition goes.
 */
const INVISIBLE = new RegExp(
  '(?<keep>\\u{1F3F4}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{1,6}\\u{E007F}' +
    '|(?<=\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=\\p{Extended_Pictographic})' +
    `|(?<=(?=[${JOINING}])[\\p{L}\\p{M}])[\\u200C\\u200D]` +
    '|(?<=\\p{Emoji})[\\uFE0E\\uFE0F]' +
    '|(?<=\\p{Unified_Ideograph})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]' +
    '|(?<=\\p{Script=Mongolian})[\\u180B-\\u180D\\u180F])' +
    '|[\\p{Default_Ignorable_Code_Point}\\uFFF9-\\uFFFB]',
  'gu'
)
const ANY_INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u

function dropInvisible(line: string): string {
  // Dropping one code point can take away what justified another, so until nothing changes; each turn is shorter.
  for (let text = line; ; ) {
    if (!ANY_INVISIBLE.test(text)) return text
    const kept = text.replace(INVISIBLE, (match: string, keep: string | undefined) => (keep === undefined ? '' : match))
    if (kept.length === text.length) return kept
    text = kept
  }
}

const LONE_MARK = /^[\p{M}\u200c\u200d]/u
const TRAILING_JOINERS = /[\u200c\u200d]+$/u

/** Cuts clusters that are too tall, and gives marks that stand alone a body (the dotted circle) to sit on. */
function capClusters(line: string): string {
  for (let text = line; ; ) {
    const capped = splitClusters(text).map((cluster) => capCluster(standsAlone(cluster) ? `\u25cc${cluster}` : cluster)).join('')
    if (capped === text) return text
    // A cut can let neighbours merge, so look again.
    text = capped
  }
}

/** Some marks, in Burmese for one, are clusters of their own: nothing makes them sit on what is before them, however often it is put there. */
function standsAlone(cluster: string): boolean {
  return LONE_MARK.test(cluster) && splitClusters(`\u25cc${cluster}`).length === 1
}

function capCluster(cluster: string): string {
  if (cluster.length <= MAX_CLUSTER_CODE_POINTS) return cluster
  const points = [...cluster]
  if (points.length <= MAX_CLUSTER_CODE_POINTS) return cluster
  return points.slice(0, MAX_CLUSTER_CODE_POINTS).join('').replace(TRAILING_JOINERS, '')
}
