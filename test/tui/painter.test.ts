import assert from 'node:assert/strict'
import xterm from '@xterm/headless'
import fc from 'fast-check'
import { Grid } from '../../src/tui/grid.ts'
import { paint } from '../../src/tui/painter.ts'
import { colourDepth, sequenceFor } from '../../src/tui/style.ts'
import { themes } from '../../src/tui/themes.ts'
import { widthBeliefs } from './width-beliefs.ts'

const SIZE = { width: 24, height: 4 }
const sequences = ['\u001b[0m', '\u001b[0;1m', '\u001b[0;7m']

function grid(lines: readonly string[], style = 0): Grid {
  const made = new Grid(SIZE)
  for (const [y, line] of lines.entries()) made.put(0, y, line, style, SIZE.width - 1)
  for (let y = 0; y < SIZE.height; y++) made.put(SIZE.width - 1, y, '│', 0)
  return made
}

async function shown(bytes: readonly string[], belief?: 11 | 'cluster'): Promise<{ rows: string[]; cell: (x: number, y: number) => string }> {
  const terminal = new xterm.Terminal({ cols: SIZE.width, rows: SIZE.height, allowProposedApi: true })
  if (belief !== undefined) {
    terminal.unicode.register(widthBeliefs[belief])
    terminal.unicode.activeVersion = widthBeliefs[belief].version
  }
  await new Promise<void>((resolve) => {
    terminal.write(`\u001b[?7l${bytes.join('')}`, resolve)
  })
  const line = (y: number): ReturnType<typeof terminal.buffer.active.getLine> => terminal.buffer.active.getLine(y)
  const result = {
    rows: Array.from({ length: SIZE.height }, (_, y) => line(y)?.translateToString(true) ?? ''),
    cell: (x: number, y: number) => line(y)?.getCell(x)?.getChars() ?? ''
  }
  terminal.dispose()
  return result
}

describe('painter', () => {
  it('writes nothing when nothing changed', () => {
    assert.equal(paint(grid(['hello']), grid(['hello']), sequences), '')
  })

  it('writes only what changed, in one synchronised update', () => {
    const bytes = paint(grid(['hello world']), grid(['hello WORLD']), sequences)
    assert.equal(bytes, '\u001b[?2026h\u001b[?25l\u001b[1;7H\u001b[0mWORLD\u001b[0m\u001b[?2026l')
  })

  it('moves the cursor alone when only that changed', () => {
    const [before, after] = [grid(['x']), grid(['x'])]
    before.cursor = { x: 1, y: 0 }
    after.cursor = { x: 0, y: 2 }
    assert.equal(paint(before, after, sequences), '\u001b[3;1H\u001b[?25h')
  })

  it('puts the cursor back after a cluster of disputed width', () => {
    assert.ok(paint(undefined, grid(['a🚀b']), sequences).includes('  \u001b[1;2H🚀\u001b[1;4Hb'))
    assert.ok(paint(undefined, grid(['a漢b']), sequences).includes('a漢b'))
  })

  const PIECES = ['a', 'bc ', '漢', 'é', '🚀', '❤️', '👩‍👩‍👧', '👍🏽', 'क्षि', 'नि', '1️⃣', '🇩🇪', 'ж', ' ', '   ', 'x']
  const line = fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }).map((parts) => parts.join(''))
  const screen = fc.record({ lines: fc.array(line, { minLength: 4, maxLength: 4 }), style: fc.nat(2) })

  for (const belief of [undefined, 11, 'cluster'] as const) {
    it(`shows after any number of frames what one frame shows, borders straight, in a terminal of belief ${belief ?? 6}`, async () => {
      await fc.assert(fc.asyncProperty(fc.array(screen, { minLength: 2, maxLength: 5 }), async (screens) => {
        const grids = screens.map(({ lines, style }) => grid(lines, style))
        const bytes = grids.map((after, index) => paint(grids[index - 1], after, sequences))
        const last = grids.at(-1)
        if (last === undefined) return
        const stepwise = await shown(bytes, belief)
        for (let y = 0; y < SIZE.height; y++) assert.equal(stepwise.cell(SIZE.width - 1, y), '│', stepwise.rows.join('\n'))
        // Undisputed cells are where the grid has them.
        for (let at = 0; at < last.cells.length; at++) {
          const cell: string = last.cells[at] ?? ''
          if (/^[a-zж漢]$/u.test(cell)) assert.equal(stepwise.cell(at % SIZE.width, Math.floor(at / SIZE.width)), cell, stepwise.rows.join('\n'))
        }
      }), { numRuns: 300 })
    }).timeout(20_000)
  }

  it('chooses colours by what the environment says', () => {
    assert.equal(colourDepth({ TERM: 'xterm-256color', COLORTERM: 'truecolor' }), 'truecolor')
    assert.equal(colourDepth({ TERM: 'xterm-256color' }), '256')
    assert.equal(colourDepth({ TERM: 'xterm' }), '16')
    assert.equal(colourDepth({ TERM: 'linux' }), '16')
    assert.equal(colourDepth({ TERM: 'xterm-kitty' }), '256')
    assert.equal(colourDepth({ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }), 'none')
    assert.equal(colourDepth({ TERM: 'vt100' }), 'none')
  })

  it('writes a look for every depth', () => {
    const look = { fg: { rgb: [255, 0, 0], ansi: 9 }, bold: true } as const
    assert.equal(sequenceFor(look, 'truecolor'), '\u001b[0;1;38;2;255;0;0m')
    assert.equal(sequenceFor(look, '256'), '\u001b[0;1;38;5;196m')
    assert.equal(sequenceFor(look, '16'), '\u001b[0;1;91m')
    assert.equal(sequenceFor(look, 'none'), '\u001b[0;1m')
    assert.equal(sequenceFor({ bg: look.fg }, 'none'), '\u001b[0;7m')
  })

  it('has accents that can be read on black and on white', () => {
    for (const theme of themes.filter(({ name }) => name === 'dusk')) {
      for (const { fg, bg } of theme.looks) {
        if (fg === undefined) continue
        const grounds = bg === undefined ? [[0, 0, 0], [255, 255, 255]] : [bg.rgb]
        for (const ground of grounds) assert.ok(contrast(fg.rgb, ground) >= 2.8, `${fg.rgb.join()} on ${ground.join()}: ${contrast(fg.rgb, ground)}`)
      }
    }
  })
})

/** WCAG 2 contrast ratio. */
function contrast(one: readonly number[], other: readonly number[]): number {
  const luminance = (rgb: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}
