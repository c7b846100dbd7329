/**
 * What terminals believe about widths, as providers for @xterm/headless (its own is that of Unicode 6):
 * `11` counts code point by code point with a modern table, as most terminals do; `cluster` counts an emoji sequence as one
 * of width 2, as the newest do.
 */
import type { IUnicodeVersionProvider } from '@xterm/headless'
import { eastAsianWidth } from 'get-east-asian-width'

const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u
const EMOJI_MODIFIER = /^\p{Emoji_Modifier}$/u

function codePointWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x20) return 0
  if (ZERO.test(String.fromCodePoint(codePoint))) return 0
  return eastAsianWidth(codePoint)
}

/** The property value that xterm.js keeps per character: state in the upper bits, then the width, then whether it joins. */
function property(state: number, width: number, joins: boolean): number {
  return ((state & 0xffffff) << 3) | ((width & 3) << 1) | (joins ? 1 : 0)
}
const widthOf = (value: number): number => (value >> 1) & 3
const stateOf = (value: number): number => value >> 3

const modern: IUnicodeVersionProvider = {
  version: '11',
  wcwidth: codePointWidth,
  charProperties(codePoint: number, preceding: number): number {
    const width = codePointWidth(codePoint)
    if (width !== 0 || preceding === 0) return property(0, width, false)
    return widthOf(preceding) === 0 ? property(0, width, false) : property(0, Math.max(width, widthOf(preceding)), true)
  }
}

const AFTER_JOINER = 1

const cluster: IUnicodeVersionProvider = {
  version: 'cluster',
  wcwidth: codePointWidth,
  charProperties(codePoint: number, preceding: number): number {
    const joins = preceding !== 0 && widthOf(preceding) !== 0
    const char = String.fromCodePoint(codePoint)
    if (joins && char === '\ufe0f') return property(0, 2, true)
    if (joins && char === '\u200d') return property(AFTER_JOINER, widthOf(preceding), true)
    if (joins && (stateOf(preceding) === AFTER_JOINER || EMOJI_MODIFIER.test(char))) return property(0, 2, true)
    return modern.charProperties(codePoint, preceding)
  }
}

export const widthBeliefs = { 11: modern, cluster } as const
