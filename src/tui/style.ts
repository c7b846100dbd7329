/**
 * Styles are small numbers in the grid; what a number looks like is resolved when it is written, by theme and by how many
 * colours the terminal has.
 */

/** What a cell is, not what it looks like. Nick colours follow behind {@link FIRST_NICK_STYLE}. */
export const STYLE = {
  text: 0,
  faint: 1,
  rule: 2,
  bar: 3,
  barStrong: 4,
  barAccent: 5,
  barWarn: 6,
  time: 7,
  notice: 8,
  warning: 9,
  error: 10,
  mention: 11,
  link: 12,
  own: 13,
  title: 14,
  roomIdle: 15,
  roomActive: 16,
  roomMention: 17,
  roomCurrent: 18,
  roomNumber: 19,
  online: 20,
  idle: 21,
  role: 22,
  marker: 23,
  prompt: 24,
  action: 25,
  queued: 26,
  delivered: 27,
  panel: 28,
  panelKey: 29,
  panelTitle: 30,
  hint: 31
} as const

export const NICK_STYLES = 12
export const FIRST_NICK_STYLE = 32
export const STYLE_COUNT = FIRST_NICK_STYLE + NICK_STYLES

/** A colour as RGB, and as one of the 16 for terminals that have no more; the latter follow the user's own palette. */
export interface Colour {
  readonly rgb: readonly [number, number, number]
  /** 0…15 */
  readonly ansi: number
}

export interface Look {
  readonly fg?: Colour
  readonly bg?: Colour
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly reverse?: boolean
}

export type ColourDepth = 'truecolor' | '256' | '16' | 'none'

/** NO_COLOR (no-color.org) wins, then COLORTERM, then TERM. */
export function colourDepth(env: Readonly<Record<string, string | undefined>>): ColourDepth {
  const term = env['TERM'] ?? ''
  if ((env['NO_COLOR'] ?? '') !== '' || term === 'dumb' || /^vt\d/.test(term)) return 'none'
  if (/truecolor|24bit/i.test(env['COLORTERM'] ?? '') || /direct$/.test(term)) return 'truecolor'
  return /256|kitty|alacritty|ghostty|foot|wezterm/.test(term) ? '256' : '16'
}

/** The escape sequence that brings the terminal from any state into this look. */
export function sequenceFor(look: Look, depth: ColourDepth): string {
  const codes = ['0']
  if (look.bold === true) codes.push('1')
  if (look.dim === true) codes.push('2')
  if (look.italic === true) codes.push('3')
  if (look.underline === true) codes.push('4')
  if (look.reverse === true) codes.push('7')
  if (look.fg !== undefined) codes.push(...colourCodes(look.fg, depth, 30))
  if (look.bg !== undefined) codes.push(...colourCodes(look.bg, depth, 40))
  // Where there are no colours, a bar is still a bar.
  if (depth === 'none' && look.bg !== undefined && look.reverse !== true) codes.push('7')
  return `\u001b[${codes.join(';')}m`
}

function colourCodes({ rgb, ansi }: Colour, depth: ColourDepth, base: 30 | 40): string[] {
  switch (depth) {
    case 'truecolor':
      return [`${base + 8}`, '2', ...rgb.map(String)]
    case '256':
      return [`${base + 8}`, '5', `${nearest256(rgb)}`]
    case '16':
      return [`${ansi < 8 ? base + ansi : base + 60 + ansi - 8}`]
    case 'none':
      return []
  }
}

const CUBE = [0, 95, 135, 175, 215, 255]

/** The nearest of the 6×6×6 cube and the 24 greys; the first 16 are the user's and are left alone. */
function nearest256(rgb: readonly [number, number, number]): number {
  const steps = rgb.map((value) => CUBE.reduce((best, level, index) => (gap(level, value) < gap(CUBE[best] ?? 0, value) ? index : best), 0))
  const [r = 0, g = 0, b = 0] = steps
  const grey = Math.min(23, Math.max(0, Math.round((rgb[0] + rgb[1] + rgb[2]) / 3 / 10 - 0.8)))
  const greyLevel = 8 + grey * 10
  const cubeError = rgb.reduce((sum, value, axis) => sum + gap(CUBE[steps[axis] ?? 0] ?? 0, value) ** 2, 0)
  const greyError = rgb.reduce((sum, value) => sum + gap(greyLevel, value) ** 2, 0)
  return greyError < cubeError ? 232 + grey : 16 + 36 * r + 6 * g + b
}

function gap(one: number, other: number): number {
  return Math.abs(one - other)
}

/** The same person has the same colour everywhere and always: FNV-1a over the identity. */
export function nickStyle(identity: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < identity.length; at++) hash = Math.imul(hash ^ identity.charCodeAt(at), 0x01000193)
  return FIRST_NICK_STYLE + ((hash >>> 0) % NICK_STYLES)
}
