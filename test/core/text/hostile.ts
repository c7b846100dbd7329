/** Strings that have broken chat programs, and 500 that are drawn at random around them from a fixed seed. */
import fc from 'fast-check'

const NASTY = [
  '\u001b[2J', '\u001b]0;owned\u0007', '\u001b]52;c;cm0gLXJm\u0007', '\u001bP$q"p\u001b\\', '\u009b31m', '\u009d0;t\u009c', '\u001b[?1049l', '\u001bc',
  '\u0000', '\u0007', '\b\b\b', '\r', '\n', '\r\n', '\t', '\u000b', '\u000c', '\u000e', '\u007f', '\u0085', '\u2028', '\u2029',
  '\u202e', '\u202d', '\u2066', '\u2067', '\u2069', '\u200e', '\u200f', '\u061c', '\u200b', '\u2060', '\ufeff', '\u00ad', '\u034f', '\u180e',
  '\u115f', '\u3164', '\uffa0', '\u200d', '\u200c', '\ufe0f', '\ufe0e', '\u{e0001}', '\u{e0041}\u{e0042}', '\ufff9a\ufffab\ufffb',
  '\ud800', '\udc00', '\udfff\ud83d', 'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034d'.repeat(3),
  '\u0301'.repeat(40), '👩\u200d👩\u200d👧', '👍🏽', '❤️', '1️⃣', '🇩🇪🇩', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', '🏴\u{e0061}',
  'क्षि', 'می\u200cخواهم', 'שלום', '漢字', '한글', 'ᄀ'.repeat(30), '\uffff', '\u{10ffff}', '\ue0b0', '{bold}x{/bold}', '{red-fg}', '%s%n', '../../etc/passwd',
  '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\', '\u001b[6n', '\u001b[200~x\u001b[201~', '‮gnp.exe', 'a'.repeat(300), ' ', '', '\u2800'
]

export function hostileStrings(count = 500): string[] {
  const piece = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 4 }))
  const drawn = fc.sample(fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')), { seed: 20261121, numRuns: count - NASTY.length })
  return [...NASTY, ...drawn]
}
