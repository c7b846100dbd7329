/**
 * A program in a pseudo-terminal, read back by terminal emulators. Several of them read the same bytes, each with another
 * belief about how wide characters are, so that a test can say: straight in all of them.
 */
import pty from '@lydell/node-pty'
import xterm from '@xterm/headless'
import type { IBufferCell, IUnicodeVersionProvider, Terminal } from '@xterm/headless'
import { widthBeliefs } from './width-beliefs.ts'

export type Belief = '6' | '11' | 'cluster'

export interface SpawnInit {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly cols?: number
  readonly rows?: number
  /** Which emulators read along; the first is the one that answers the program's queries, and the default for reading. */
  readonly beliefs?: readonly Belief[]
}

export interface CellView {
  readonly chars: string
  readonly width: number
  readonly bold: boolean
  readonly inverse: boolean
  /** 0xRRGGBB, undefined where it is the terminal's own. */
  readonly ink: number | undefined
  readonly paper: number | undefined
}

export interface TerminalProgram {
  /** The rows on the screen, blanks at their ends cut. */
  screen(belief?: Belief): string[]
  cell(x: number, y: number, belief?: Belief): CellView
  cursor(belief?: Belief): { readonly x: number; readonly y: number }
  /** True on the alternate screen. */
  isFullScreen(): boolean
  pastesInMarks(): boolean
  wrapsAround(): boolean
  /** Types characters, or sends whatever bytes a terminal would. */
  type(text: string): void
  resize(cols: number, rows: number): void
  /** Resolves once the predicate holds of the screen; rejects with the screen in its message when it does not in time. */
  waitFor(what: string, predicate: (screen: string[]) => boolean, timeoutMs?: number): Promise<void>
  waitForText(text: string, timeoutMs?: number): Promise<void>
  /** Sends a signal to the program. */
  kill(signal?: string): void
  /** Resolves with the exit code (null when a signal ended it), once everything that it wrote was read. */
  readonly exited: Promise<{ readonly code: number; readonly signal: number }>
  /** Everything written so far. */
  output(): string
  /** Ends the program if it still runs, and lets go of the terminals. */
  close(): Promise<void>
}

const WAIT_MS = 8000
/** No colour surprises from whoever runs the tests, and no tmux inside of which blessed would behave otherwise. */
const CLEARED = ['TMUX', 'TMUX_PANE', 'NO_COLOR', 'COLORTERM', 'TERM_PROGRAM', 'VTE_VERSION']

export function spawn(init: SpawnInit): TerminalProgram {
  const { command, args, cols = 100, rows = 30, beliefs = ['11'] } = init
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => !CLEARED.includes(entry[0])))
  const child = pty.spawn(command, [...args], {
    name: 'xterm-256color',
    cols,
    rows,
    ...(init.cwd === undefined ? {} : { cwd: init.cwd }),
    env: { ...env, TERM: 'xterm-256color', COLORTERM: 'truecolor', TZ: 'UTC', ...init.env }
  })
  return new Emulated(child, beliefs, cols, rows)
}

class Emulated implements TerminalProgram {
  private readonly child: ReturnType<typeof pty.spawn>
  private readonly terminals = new Map<Belief, Terminal>()
  private readonly first: Terminal
  private readonly watchers = new Set<() => void>()
  private written = ''
  private unread = 0
  private hasExited = false
  readonly exited: Promise<{ readonly code: number; readonly signal: number }>

  constructor(child: ReturnType<typeof pty.spawn>, beliefs: readonly Belief[], cols: number, rows: number) {
    this.child = child
    for (const belief of beliefs) this.terminals.set(belief, createTerminal(belief, cols, rows))
    const [first] = this.terminals.values()
    if (first === undefined) throw new Error('At least one terminal is needed to read the program.')
    this.first = first
    first.onData((answer) => {
      if (!this.hasExited) child.write(answer)
    })
    child.onData((data) => {
      this.read(data)
    })
    this.exited = new Promise((resolve) => {
      child.onExit(({ exitCode, signal }) => {
        this.hasExited = true
        void this.waitUntil(() => this.unread === 0).then(() => {
          resolve({ code: exitCode, signal: signal ?? 0 })
        })
      })
    })
  }

  private read(data: string): void {
    this.written += data
    for (const terminal of this.terminals.values()) {
      this.unread++
      terminal.write(data, () => {
        this.unread--
        for (const watcher of this.watchers) watcher()
      })
    }
  }

  private async waitUntil(holds: () => boolean): Promise<void> {
    if (holds()) return
    await new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!holds()) return
        this.watchers.delete(watcher)
        resolve()
      }
      this.watchers.add(watcher)
    })
  }

  private terminal(belief: Belief | undefined): Terminal {
    const terminal = belief === undefined ? this.first : this.terminals.get(belief)
    if (terminal === undefined) throw new Error(`No terminal with belief ${belief} reads along.`)
    return terminal
  }

  screen(belief?: Belief): string[] {
    const { buffer, rows } = this.terminal(belief)
    return Array.from({ length: rows }, (_, y) => buffer.active.getLine(buffer.active.baseY + y)?.translateToString(true).trimEnd() ?? '')
  }

  cell(x: number, y: number, belief?: Belief): CellView {
    const { buffer } = this.terminal(belief)
    const cell: IBufferCell | undefined = buffer.active.getLine(buffer.active.baseY + y)?.getCell(x)
    if (cell === undefined) throw new Error(`There is no cell ${x}, ${y}.`)
    return {
      chars: cell.getChars(),
      width: cell.getWidth(),
      bold: cell.isBold() !== 0,
      inverse: cell.isInverse() !== 0,
      ink: cell.isFgRGB() ? cell.getFgColor() : undefined,
      paper: cell.isBgRGB() ? cell.getBgColor() : undefined
    }
  }

  cursor(belief?: Belief): { readonly x: number; readonly y: number } {
    const { active } = this.terminal(belief).buffer
    return { x: active.cursorX, y: active.cursorY }
  }

  isFullScreen(): boolean {
    return this.first.buffer.active.type === 'alternate'
  }

  pastesInMarks(): boolean {
    return this.first.modes.bracketedPasteMode
  }

  wrapsAround(): boolean {
    return this.first.modes.wraparoundMode
  }

  type(text: string): void {
    this.child.write(text)
  }

  resize(cols: number, rows: number): void {
    for (const terminal of this.terminals.values()) terminal.resize(cols, rows)
    this.child.resize(cols, rows)
  }

  async waitFor(what: string, predicate: (screen: string[]) => boolean, timeoutMs = WAIT_MS): Promise<void> {
    const holds = (): boolean => this.unread === 0 && predicate(this.screen())
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`Waited ${timeoutMs} ms in vain for ${what}. The screen:\n${this.screen().join('\n')}`))
      }, timeoutMs)
    })
    try {
      await Promise.race([this.waitUntil(holds), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async waitForText(text: string, timeoutMs?: number): Promise<void> {
    await this.waitFor(`the text ${JSON.stringify(text)}`, (screen) => screen.some((row) => row.includes(text)), timeoutMs)
  }

  kill(signal = 'SIGTERM'): void {
    if (!this.hasExited) this.child.kill(signal)
  }

  output(): string {
    return this.written
  }

  async close(): Promise<void> {
    this.kill('SIGKILL')
    await this.exited
    for (const terminal of this.terminals.values()) terminal.dispose()
  }
}

function createTerminal(belief: Belief, cols: number, rows: number): Terminal {
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 })
  if (belief !== '6') {
    const provider: IUnicodeVersionProvider = widthBeliefs[belief]
    terminal.unicode.register(provider)
    terminal.unicode.activeVersion = provider.version
  }
  return terminal
}
