/**
 * The terminal: CPU and bytes for each message that is appended to a room of 10 000, one frame each, on a screen of 140 × 40;
 * a burst, whose frames are coalesced; scrolling. Beside it, in the same run, what blessed's own log takes for the same.
 * `node bench/tui.ts [--short]`
 */
import { PassThrough } from 'node:stream'
import blessed from 'blessed'
import { NOON_MS, roomView } from '../test/tui/fixture-client.ts'
import { Session } from '../test/tui/session.ts'
import { paint } from '../src/tui/painter.ts'
import { sequenceFor } from '../src/tui/style.ts'
import { DEFAULT_THEME } from '../src/tui/themes.ts'
import { view } from '../src/tui/view.ts'
import type { Grid } from '../src/tui/grid.ts'
import { figure, table, watchLoad } from './harness/table.ts'

const short = process.argv.includes('--short')
const SIZE = { width: 140, height: 40 }
const BACKLOG = short ? 1000 : 10_000
const APPENDS = short ? 100 : 2000
/** blessed is so slow at this that fewer have to do. */
const BLESSED_APPENDS = short ? 5 : 200
const TARGET_MS = 0.8

const WORDS = 'the relay dropped two of us yesterday and nobody knows why so we look at the settings once more 🚀 ça va 漢字 '.split(' ')
const textOf = (n: number): string => Array.from({ length: 4 + (n % 30) }, (_, at) => WORDS[(n * 7 + at * 3) % WORDS.length]).join(' ')
const nickOf = (n: number): string => ['bob', 'carol', 'dave', 'erin'][Math.floor(n / 3) % 4] ?? ''

const sequences = DEFAULT_THEME.looks.map((look) => sequenceFor(look, 'truecolor'))

interface Figures {
  readonly cpuMs: number
  readonly bytes: number
}

async function measure(count: number, each: (n: number) => number | Promise<number>): Promise<Figures> {
  let bytes = 0
  const start = process.cpuUsage()
  for (let n = 0; n < count; n++) bytes += await each(n)
  const { user, system } = process.cpuUsage(start)
  return { cpuMs: (user + system) / 1000 / count, bytes: bytes / count }
}

const room = roomView('lobby')

function filled(): Session {
  const session = new Session(SIZE.width, SIZE.height)
  session.client.rooms.push(room)
  session.begin()
  const messages = Array.from({ length: BACKLOG }, (_, n) => session.client.compose(room, nickOf(n), textOf(n)))
  return session.send({ type: 'history', room: room.id, messages, acts: [], complete: true })
}

function painter(session: Session): () => number {
  let shown: Grid | undefined
  return () => {
    const grid = view(session.model)
    const bytes = paint(shown, grid, sequences)
    shown = grid
    return Buffer.byteLength(bytes)
  }
}

async function ours(): Promise<string[][]> {
  const session = filled()
  const frame = painter(session)
  frame()
  const append = (n: number): void => {
    session.emit('message', session.client.compose(room, nickOf(n), textOf(n)))
  }
  // The first ones warm up the compiler.
  await measure(100, (n) => (append(n), frame()))
  const appended = await measure(APPENDS, (n) => (append(n), frame()))
  const unseen = await measure(APPENDS, (n) => (append(n), 0))
  const scrolled = await measure(short ? 20 : 200, (n) => (session.keys(n < 100 ? 'pageup' : 'pagedown'), frame()))
  const typed = await measure(short ? 50 : 500, (n) => (session.keys(n % 60 === 59 ? 'C-u' : "'a'"), frame()))
  const late = await measure(APPENDS, (n) => {
    session.emit('message', session.client.compose(room, nickOf(n), textOf(n), { time: NOON_MS + 9_000_000 + n, late: true }))
    return 0
  })
  const row = (name: string, { cpuMs, bytes }: Figures): string[] => [name, figure(cpuMs), bytes === 0 ? '-' : figure(bytes)]
  return [
    row('message appended, a frame each', appended),
    row('message appended, no frame (coalesced)', unseen),
    row('message of the past, no frame', late),
    row('a page up or down', scrolled),
    row('a key typed', typed)
  ]
}

/** The widget that blessed has for this, with the same backlog. It writes into nothing that counts. */
async function blessedLog(): Promise<string[]> {
  let written = 0
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: SIZE.width, rows: SIZE.height })
  output.on('data', (bytes: Buffer) => {
    written += bytes.length
  })
  const input = new PassThrough()
  const screen = blessed.screen({ input, output, terminal: 'xterm-256color', fullUnicode: true, warnings: false })
  const log = blessed.log({ parent: screen, top: 0, left: 0, width: '100%', height: '100%', scrollback: BACKLOG })
  log.setContent(Array.from({ length: BACKLOG }, (_, n) => `12:00 ${nickOf(n)} ${textOf(n)}`).join('\n'))
  screen.render()
  const figures = await measure(BLESSED_APPENDS, async (n) => {
    const before = written
    log.add(`12:00 ${nickOf(n)} ${textOf(n)}`)
    screen.render()
    await new Promise((resolve) => setImmediate(resolve))
    return written - before
  })
  screen.destroy()
  return ["blessed's log, appended, a frame each", figure(figures.cpuMs), figure(figures.bytes)]
}

const load = watchLoad()
const rows = await ours()
rows.push(await blessedLog())
console.log(`\n${SIZE.width} × ${SIZE.height}, ${BACKLOG} messages of backlog; target for an appended message: ${TARGET_MS} ms\n`)
console.log(table(['per event', 'CPU ms', 'bytes'], rows))
console.log(`\n${load()}; Node ${process.version}`)
