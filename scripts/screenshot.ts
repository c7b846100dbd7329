/**
 * Makes docs/screenshot.svg: real nodes on loopback hold a short conversation, and one of them is watched through a pseudo-terminal.
 * `node scripts/screenshot.ts`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALONE, bin, Program } from '../test/cli/program.ts'
import { RpcProgram } from '../test/cli/rpc-program.ts'
import { spawn } from '../test/tui/terminal.ts'
import type { CellView, TerminalProgram } from '../test/tui/terminal.ts'

const COLS = 96
const ROWS = 24
const CELL = { width: 8.4, height: 19 }
const FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono', Menlo, Consolas, monospace"
const INK = 0xc9d1d9
const PAPER = 0x0d1117

const home = mkdtempSync(join(tmpdir(), 'p2pchat-picture-'))
try {
  const terminal = await conversation()
  writeFileSync(new URL('../docs/screenshot.svg', import.meta.url), picture(terminal))
  await terminal.close()
} finally {
  await Program.endAll()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}

async function conversation(): Promise<TerminalProgram> {
  const ann = await RpcProgram.start(join(home, 'ann'), ['--nick', 'ann'])
  await ann.call('room.create', { name: 'lobby', topic: 'everybody welcome' })
  for (const name of ['garden', 'tea']) await ann.call('room.create', { name })
  const address = await ann.address()
  const li = await RpcProgram.start(join(home, 'li'), ['--nick', '李明', '--peer', address])
  const eve = await RpcProgram.start(join(home, 'eve'), ['--nick', 'eve', '--peer', address])
  for (const [rpc, rooms] of [[li, ['lobby', 'garden']], [eve, ['lobby', 'tea']]] as const) {
    for (const room of rooms) await rpc.call('room.join', { room })
  }
  async function say(rpc: RpcProgram, text: string, room = 'lobby', kind = 'say'): Promise<void> {
    await rpc.call('message.send', { room, text, kind })
  }
  await say(ann, 'good morning')
  await say(li, '早上好 👋 does this really run without a server?')
  await say(ann, 'it does: my node, yours, and nobody in between reads a word')
  await say(eve, 'is pouring tea 🍵', 'lobby', 'action')
  const words = ['join', 'lobby', 'garden', 'tea', '--home', join(home, 'bob'), '--nick', 'bob', ...ALONE, '--peer', address]
  const bob = spawn({ command: process.execPath, args: [bin, ...words], cols: COLS, rows: ROWS })
  await bob.waitForText('pouring tea')
  await bob.waitForText('Members 4/4')
  bob.type('late again, but I can read what I missed\r')
  await bob.waitFor('delivery', (rows) => rows.some((row) => row.includes('what I missed') && row.includes('✓✓')))
  await say(eve, 'bob, there is a cup left for you')
  await say(li, 'the tomatoes are ripe', 'garden')
  await bob.waitForText('a cup left')
  bob.type('on my way')
  await bob.waitFor('the other room is active', (rows) => rows.some((row) => /garden.*1/.test(row)) && rows.some((row) => row.includes('on my way')))
  return bob
}

function picture(terminal: TerminalProgram): string {
  const parts: string[] = []
  for (let y = 0; y < ROWS; y++) {
    for (let x = 0; x < COLS; x++) {
      const cell = terminal.cell(x, y)
      if (cell.width > 0) parts.push(...drawn(cell, x, y))
    }
  }
  const [width, height] = [COLS * CELL.width + 24, ROWS * CELL.height + 24]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="-12 -12 ${width} ${height}" role="img">`,
    '<title>p2pchat: rooms on the left, a conversation in the middle, its members on the right</title>',
    `<rect x="-12" y="-12" width="${width}" height="${height}" rx="8" fill="${hex(PAPER)}"/>`,
    `<g font-family="${FONTS}" font-size="14" xml:space="preserve">`,
    ...parts,
    '</g></svg>\n'
  ].join('\n')
}

function drawn(cell: CellView, x: number, y: number): string[] {
  const [ink, paper] = cell.inverse ? [cell.paper ?? PAPER, cell.ink ?? INK] : [cell.ink ?? INK, cell.paper ?? PAPER]
  const left = (x * CELL.width).toFixed(1)
  const shapes: string[] = []
  if (paper !== PAPER) {
    const size = `width="${(cell.width * CELL.width + 0.4).toFixed(1)}" height="${CELL.height}"`
    shapes.push(`<rect x="${left}" y="${y * CELL.height}" ${size} fill="${hex(paper)}"/>`)
  }
  if (cell.chars.trim() !== '') {
    const weight = cell.bold ? ' font-weight="bold"' : ''
    shapes.push(`<text x="${left}" y="${y * CELL.height + 14}" fill="${hex(ink)}"${weight}>${escaped(cell.chars)}</text>`)
  }
  return shapes
}

function hex(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
