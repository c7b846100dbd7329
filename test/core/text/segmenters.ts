/** Grapheme clusters as the runtime has them, and as our machine has them, before conjuncts are split. */
import { BOUNDARY, ClusterBreaks } from '../../../src/core/text/cluster-breaks.ts'
import { flagsOf } from '../../../src/core/text/code-points.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

export function viaSegmenter(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

export function viaMachine(text: string): string[] {
  const breaks = new ClusterBreaks()
  const clusters: string[] = []
  for (const char of text) {
    const flags = flagsOf(char.codePointAt(0) ?? 0)
    if (breaks.before(flags) === BOUNDARY.CLUSTER) clusters.push(char)
    else clusters.push(`${clusters.pop() ?? ''}${char}`)
    breaks.take(flags)
  }
  return clusters
}

/** The code point between letters, behind a linked consonant, between joined pictographs, among syllables, behind a half flag: what any rule asks. */
export function around(code: number): string {
  const char = String.fromCodePoint(code)
  return `a${char}a|क\u094d${char}क|क${char}क|😀${char}\u200d${char}|ᄀ${char}ᅡ${char}가${char}ᆨ|🇩${char}|\u200b${char}\u0301`
}

/** Those below a bound; ideographs and syllables, which are all alike, left out. */
export function* codePoints(below: number, step: number): Generator<number> {
  for (let code = 0; code < below; code += step) {
    const isAlike = (code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xd7a0) || (code >= 0x17000 && code < 0x19000)
    if (!isAlike && (code < 0xd800 || code > 0xdfff)) yield code
  }
}
