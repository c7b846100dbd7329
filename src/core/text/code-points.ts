/**
 * What the text path has to know of a code point, as one number: looked up once and remembered, so that a loop over a text
 * asks no regular expression twice for the same character.
 *
 * Classes of breaks are those of UAX #29 (revision 47), by its derivation from other properties. The lists here hold what
 * cannot be derived; a test compares all of it with the segmenter of the runtime.
 */
import { eastAsianWidth } from 'get-east-asian-width'

/** Grapheme_Cluster_Break, with the classes of Indic_Conjunct_Break that matter set apart. */
export const BREAK = {
  OTHER: 0, CONTROL: 1, CR: 2, LF: 3, EXTEND: 4, NON_JOINER: 5, LINKER: 6, ZWJ: 7, SPACING: 8, PREPEND: 9, PICTOGRAPH: 10, REGIONAL: 11,
  L: 12, V: 13, T: 14, LV: 15, LVT: 16, CONSONANT: 17
} as const
export type BreakClass = (typeof BREAK)[keyof typeof BREAK]

const CLASS_MASK = 0x1f
const WIDTH_SHIFT = 5
const WIDTH_MASK = 0x3
/** Drawn as an emoji by itself. */
export const EMOJI_PRESENTATION = 1 << 7
/** May be drawn as an emoji: takes a presentation selector. */
export const EMOJI = 1 << 8
export const EMOJI_MODIFIER = 1 << 9
/** Invisible by definition: shown nowhere, so dropped unless something needs it. */
export const INVISIBLE = 1 << 10
/** A letter or mark of a script in which joiner and non-joiner change what a word looks like. */
export const JOINING = 1 << 11
export const IDEOGRAPH = 1 << 12
export const MONGOLIAN_LETTER = 1 << 13
/** A control or noncharacter: shown as a symbol in its place. */
export const UNPRINTABLE = 1 << 14
const KNOWN = 1 << 15

const JOINING_SCRIPT = new RegExp(
  '^(?=[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}' +
    '\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Tibt}])[\\p{L}\\p{M}]',
  'u'
)
/** What has no body of its own: marks, invisible format characters, controls, Hangul vowels and finals. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}\p{Cc}\u1160-\u11ff\ud7b0-\ud7ff]/u

const pages: (Uint16Array | undefined)[] = []

/** The flags of a code point: break class and columns, and the bits above. */
export function flagsOf(code: number): number {
  const page = (pages[code >> 8] ??= new Uint16Array(256))
  const known = page[code & 0xff]!
  if (known !== 0) return known
  const flags = flagsAnew(code) | KNOWN
  page[code & 0xff] = flags
  return flags
}

export function breakClass(flags: number): BreakClass {
  return (flags & CLASS_MASK) as BreakClass
}

/** Columns of the code point by itself: 0, 1 or 2. */
export function columnsIn(flags: number): number {
  return (flags >> WIDTH_SHIFT) & WIDTH_MASK
}

function flagsAnew(code: number): number {
  const char = String.fromCodePoint(code)
  const columns = NO_COLUMN.test(char) ? 0 : eastAsianWidth(code)
  let flags: number = classAnew(char, code) | (columns << WIDTH_SHIFT)
  if (/^\p{Emoji_Presentation}/u.test(char)) flags |= EMOJI_PRESENTATION
  if (/^\p{Emoji}/u.test(char)) flags |= EMOJI
  if (/^\p{Emoji_Modifier}/u.test(char)) flags |= EMOJI_MODIFIER
  if (/^[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u.test(char)) flags |= INVISIBLE
  if (JOINING_SCRIPT.test(char)) flags |= JOINING
  if (/^\p{Unified_Ideograph}/u.test(char)) flags |= IDEOGRAPH
  if (/^(?=\p{Script=Mongolian})\p{L}/u.test(char)) flags |= MONGOLIAN_LETTER
  if (/^[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(char)) flags |= UNPRINTABLE
  return flags
}

/** Join two consonants into one cluster. */
const LINKERS = new Set([
  0x94d, 0x9cd, 0xacd, 0xb4d, 0xc4d, 0xd4d, 0x1039, 0x17d2, 0x1a60, 0x1b44, 0x1bab, 0xa9c0, 0xaaf6, 0x10a3f, 0x11133, 0x113d0, 0x1193e,
  0x11a47, 0x11a99, 0x11f42
])
/** Marks that take a place of their own and yet begin a cluster. */
const NOT_SPACING = /^[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64\uaa7b\uaa7d\u{11720}\u{11721}]/u
/** Stand in front of what they belong to. */
const PREPENDED =
  /^[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\u{110bd}\u{110cd}\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/u
const CONSONANTS =
  /^[\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd\u09df\u09f0\u09f1\u0a95-\u0aa8\u0aaa-\u0ab0\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39\u0b5c\u0b5d\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39\u0c58-\u0c5a\u0d15-\u0d3a\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e\u1780-\u17b3\u1a20-\u1a54\u1b0b\u1b0c\u1b13-\u1b33\u1b45-\u1b4c\u1b83-\u1ba0\u1bae\u1baf\u1bbb-\u1bbd\ua989-\ua98b\ua98f-\ua9b2\ua9e0-\ua9e4\ua9e7-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa6f\uaa71-\uaa73\uaa7a\uaa7e\uaa7f\uaae0-\uaaea\uabc0-\uabda\u{10a00}\u{10a10}-\u{10a13}\u{10a15}-\u{10a17}\u{10a19}-\u{10a35}\u{11103}-\u{11126}\u{11144}\u{11147}\u{11380}-\u{11389}\u{1138b}\u{1138e}\u{11390}-\u{113b5}\u{11900}-\u{11906}\u{11909}\u{1190c}-\u{11913}\u{11915}\u{11916}\u{11918}-\u{1192f}\u{11a00}\u{11a0b}-\u{11a32}\u{11a50}\u{11a5c}-\u{11a83}\u{11f04}-\u{11f10}\u{11f12}-\u{11f33}]/u

function classAnew(char: string, code: number): BreakClass {
  if (code === 0x0d) return BREAK.CR
  if (code === 0x0a) return BREAK.LF
  if (code === 0x200c) return BREAK.NON_JOINER
  if (code === 0x200d) return BREAK.ZWJ
  if (LINKERS.has(code)) return BREAK.LINKER
  const hangul = hangulClass(code)
  if (hangul !== undefined) return hangul
  if (PREPENDED.test(char)) return BREAK.PREPEND
  if (/^[\p{Grapheme_Extend}\p{Emoji_Modifier}]/u.test(char)) return BREAK.EXTEND
  if (/^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^(?=\p{Cn})\p{Default_Ignorable_Code_Point}/u.test(char)) return BREAK.CONTROL
  if (/^[\p{Mc}\u0e33\u0eb3]/u.test(char) && !NOT_SPACING.test(char)) return BREAK.SPACING
  if (/^\p{Extended_Pictographic}/u.test(char)) return BREAK.PICTOGRAPH
  if (/^\p{Regional_Indicator}/u.test(char)) return BREAK.REGIONAL
  return CONSONANTS.test(char) ? BREAK.CONSONANT : BREAK.OTHER
}

/** Syllables and what they are made of; Kirat Rai's vowels join as Hangul's do. */
function hangulClass(code: number): BreakClass | undefined {
  if (code < 0x1100) return undefined
  if (code <= 0x115f || (code >= 0xa960 && code <= 0xa97c)) return BREAK.L
  if (code <= 0x11a7 || (code >= 0xd7b0 && code <= 0xd7c6) || code === 0x16d63 || (code >= 0x16d67 && code <= 0x16d6a)) return BREAK.V
  if (code <= 0x11ff || (code >= 0xd7cb && code <= 0xd7fb)) return BREAK.T
  if (code < 0xac00 || code > 0xd7a3) return undefined
  return (code - 0xac00) % 28 === 0 ? BREAK.LV : BREAK.LVT
}
