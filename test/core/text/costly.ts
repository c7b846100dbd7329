/** Texts that are meant to cost: pieces that join, extend, vanish or stand alone, in runs, one run after the other. */
import fc from 'fast-check'

/** One of each class that the text path tells apart, and what has cost the square of its length before. */
const PIECES = [
  'a', 'é', 'ж', '漢', '가', ' ', '  ', '\t', 'a\t', '漢\t', '\n', '\r\n', '\r', '\u2028', '\0', '\x1b[', '\u009b', '\u200b', '\u202e', '\ufeff', '\u00ad', '\u180b', '\u180d', 'ᠮ\u180b', '\u3164',
  '\u0301', '\u0323\u0301', '\u0345', '\u20e3', 'e\u0301', '\u094d', 'क्', 'क\u093f', '\u1039', 'က္', '\u102b', '\u1a61', '\u200c', '\u200d', 'می\u200c', '\u0600', '\u0d4e', 'ᄀ', 'ᅡ', 'ᆨ', '\u1160',
  '😀', '😀\u200d', '👩🏽\u200d', '🏽', '\ufe0f', '❤\ufe0f', '1\ufe0f\u20e3', '🇩', '🏴\u{e0061}', '\u{e0061}', '\u{e007f}', '葛\u{e0100}', '\ud800', '\udc00', '\uffff', '\u{16d63}', '\ufdfa', 'ß', 'ς', 'İ',
  '!', '(', '@', '"', '.', '/', 'http://', 'http://.', 'p2pr1', 'p2pr1a ', 'ann', 'ann ', '@ann', '!x', 'x ', '~', '#'
] as const

const piece = fc.constantFrom(...PIECES)
/** Runs of pieces, each run so long that all together fill `units`. */
function runs(units: number): fc.Arbitrary<string> {
  const parts = fc.array(fc.array(piece, { minLength: 1, maxLength: 3 }).map((some) => some.join('')), { minLength: 1, maxLength: 4 })
  return fc.tuple(fc.constantFrom('', 'a', 'x!', '/me ', ' '), parts, fc.constantFrom('', 'x', ' ', '\n', '!')).map(([before, some, after]) => {
    const share = Math.floor(units / some.length)
    return before + some.map((run) => run.repeat(Math.ceil(share / run.length)).slice(0, share)).join('') + after
  })
}

/** Every piece by itself in a run, and combinations drawn from a fixed seed. */
export function costlyTexts(units: number, count: number, seed: number): string[] {
  const alone = PIECES.flatMap((one) => [`a${one.repeat(Math.ceil(units / one.length)).slice(0, units)}`])
  const mixed = fc.sample(fc.oneof({ weight: 4, arbitrary: runs(units) }, { weight: 1, arbitrary: fc.array(piece, { minLength: units / 4, maxLength: units / 4 }).map((some) => some.join('')) }), { seed, numRuns: count })
  return [...alone, ...mixed]
}
