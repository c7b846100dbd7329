/**
 * Themes: for every style a look. Default foreground and background are the terminal's own wherever text is read, so that a
 * theme does not fight the user's palette; accents are mid tones with a contrast of about 4.5 on black and on white alike.
 */
import { FIRST_NICK_STYLE, NICK_STYLES, STYLE, STYLE_COUNT } from './style.ts'
import type { Colour, Look } from './style.ts'

type StyleName = keyof typeof STYLE

export interface Theme {
  readonly name: string
  readonly summary: string
  /** By style number. */
  readonly looks: readonly Look[]
}

function colour(hex: string, ansi: number): Colour {
  const value = Number.parseInt(hex, 16)
  return { rgb: [(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff], ansi }
}

/** Twelve hues of equal luminance: told apart by hue, none louder than the others. */
const NICK_COLOURS = [
  colour('c8603a', 1), colour('a97b1e', 3), colour('6f8f25', 2), colour('2f9658', 2), colour('1f9292', 6), colour('3a8ac4', 4),
  colour('6a7fe0', 12), colour('9470dc', 5), colour('b863c4', 13), colour('cf5891', 13), colour('d05560', 9), colour('8a8060', 11)
]

const GREY = colour('7d8590', 8)
const FAINT_RULE = colour('5a6270', 8)

function theme(name: string, summary: string, named: Record<StyleName, Look>, nicks: readonly Look[]): Theme {
  const looks: Look[] = Array.from({ length: STYLE_COUNT }, () => ({}))
  for (const [style, number] of Object.entries(STYLE)) looks[number] = named[style as StyleName]
  for (let at = 0; at < NICK_STYLES; at++) looks[FIRST_NICK_STYLE + at] = nicks[at % nicks.length] ?? {}
  return { name, summary, looks }
}

interface Palette {
  readonly bar: Colour
  readonly barText: Colour
  readonly barBright: Colour
  readonly barAccent: Colour
  readonly barWarn: Colour
  readonly current: Colour
  readonly accent: Colour
  readonly green: Colour
  readonly amber: Colour
  readonly red: Colour
}

function coloured(name: string, summary: string, palette: Palette): Theme {
  const { bar, barText, barBright, accent, green, amber, red } = palette
  return theme(name, summary, {
    text: {},
    faint: { fg: GREY },
    rule: { fg: FAINT_RULE },
    bar: { fg: barText, bg: bar },
    barStrong: { fg: barBright, bg: bar, bold: true },
    barAccent: { fg: palette.barAccent, bg: bar },
    barWarn: { fg: palette.barWarn, bg: bar, bold: true },
    time: { fg: GREY },
    notice: { fg: GREY },
    warning: { fg: amber },
    error: { fg: red },
    mention: { fg: amber, bold: true },
    link: { fg: accent, underline: true },
    own: { bold: true },
    title: { fg: GREY, bold: true },
    roomIdle: { fg: GREY },
    roomActive: { bold: true },
    roomMention: { fg: amber, bold: true },
    roomCurrent: { fg: barBright, bg: palette.current, bold: true },
    roomNumber: { fg: FAINT_RULE },
    online: { fg: green },
    idle: { fg: amber },
    role: { fg: GREY, italic: true },
    marker: { fg: amber },
    prompt: { fg: accent, bold: true },
    action: { italic: true },
    queued: { fg: amber },
    delivered: { fg: GREY },
    panel: { fg: barText, bg: bar },
    panelKey: { fg: palette.barAccent, bg: bar, bold: true },
    panelTitle: { fg: barBright, bg: bar, bold: true },
    hint: { fg: GREY, italic: true }
  }, NICK_COLOURS.map((fg) => ({ fg, bold: true })))
}

const DUSK = coloured('dusk', 'dark bars and soft accents; also fine on light backgrounds', {
  bar: colour('262c38', 0),
  barText: colour('aab4c4', 7),
  barBright: colour('eef2f8', 15),
  barAccent: colour('7fb4e6', 14),
  barWarn: colour('f0b860', 11),
  current: colour('33506e', 4),
  accent: colour('3a8ac4', 4),
  green: colour('2f9658', 2),
  amber: colour('b07a10', 3),
  red: colour('d05560', 1)
})

const PAPER = coloured('paper', 'light bars, for light backgrounds', {
  bar: colour('e4e8ee', 7),
  barText: colour('4a5464', 8),
  barBright: colour('10161f', 0),
  barAccent: colour('1d63a0', 4),
  barWarn: colour('8a5a00', 3),
  current: colour('c5d8ec', 14),
  accent: colour('1d63a0', 4),
  green: colour('1f7a43', 2),
  amber: colour('8a5a00', 3),
  red: colour('b3323f', 1)
})

const PLAIN = theme('plain', 'no colour: bold, underline and reverse alone', {
  text: {},
  faint: { dim: true },
  rule: { dim: true },
  bar: { reverse: true },
  barStrong: { reverse: true, bold: true },
  barAccent: { reverse: true },
  barWarn: { reverse: true, bold: true },
  time: { dim: true },
  notice: { dim: true },
  warning: { bold: true },
  error: { bold: true },
  mention: { bold: true, underline: true },
  link: { underline: true },
  own: { bold: true },
  title: { underline: true },
  roomIdle: {},
  roomActive: { bold: true },
  roomMention: { bold: true, underline: true },
  roomCurrent: { reverse: true },
  roomNumber: { dim: true },
  online: { bold: true },
  idle: {},
  role: { dim: true },
  marker: { bold: true },
  prompt: { bold: true },
  action: { italic: true },
  queued: { bold: true },
  delivered: { dim: true },
  panel: { reverse: true },
  panelKey: { reverse: true, bold: true },
  panelTitle: { reverse: true, bold: true },
  hint: { dim: true }
}, [{ bold: true }])

export const themes: readonly Theme[] = [DUSK, PAPER, PLAIN]
export const DEFAULT_THEME = DUSK

export function findTheme(name: string): Theme | undefined {
  return themes.find((known) => known.name === name.toLowerCase())
}
