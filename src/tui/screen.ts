/**
 * The terminal, through blessed: raw mode, alternate screen, size and resizing, the names of keys. The only import of it.
 * It never sees a character that somebody typed or wrote: text and pastes are taken off the input before it (input.ts), and
 * what is drawn goes past it (painter.ts). See ADR 0040.
 */
import { PassThrough } from 'node:stream'
import type { Readable, Writable } from 'node:stream'
import blessed from 'blessed'
import type { Grid, Size } from './grid.ts'
import { EMPTY_INPUT, flushInput, readInput } from './input.ts'
import type { InputToken } from './input.ts'
import { paint } from './painter.ts'

export type TerminalInput = Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown }
export type TerminalOutput = Writable & { isTTY?: boolean; columns?: number; rows?: number }

export interface ScreenInit {
  readonly input: TerminalInput
  readonly output: TerminalOutput
  /** Escape sequences by style number. */
  readonly sequences: readonly string[]
  /** False for terminals that would print a window title instead of setting it. */
  readonly hasTitle: boolean
  readonly onInput: (token: Exclude<InputToken, { type: 'sequence' }>) => void
  /** The end of a paste is waited for. */
  readonly onPastePause: () => void
  readonly onResize: (size: Size) => void
  /** The terminal is gone. */
  readonly onGone: () => void
}

export interface Screen {
  size(): Size
  draw(grid: Grid): void
  /** The next frame is written whole: someone else wrote on the screen. */
  forget(): void
  useStyles(sequences: readonly string[]): void
  bell(): void
  title(text: string): void
  /** Gives the terminal back as it was. May be called any number of times. */
  restore(): void
}

/** How long a lone escape may be the start of a key: shorter than anyone types, longer than a slow link takes. */
const ESCAPE_MS = 40
/** How long a paste pauses before the person is told that its end is waited for. */
const PASTE_PAUSE_MS = 2000

/** Pasted text in marks, no wrapping at the right edge, the window title kept aside. */
const ENTER = '\u001b[22;0t\u001b[?2004h\u001b[?7l'
const LEAVE = '\u001b[0m\u001b[?2026l\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[23;0t'

/** True when the full screen can be used: with either not a terminal, keys or frames would go nowhere. */
export function canRunFullScreen(input: TerminalInput, output: TerminalOutput): boolean {
  return input.isTTY === true && output.isTTY === true && typeof input.setRawMode === 'function'
}

/** What blessed reads from. It gets whole sequences, one after the other, and believes it is a terminal. */
class KeyFeed extends PassThrough {
  readonly isTTY = true
  isRaw = false
  private readonly terminal: TerminalInput

  constructor(terminal: TerminalInput) {
    super()
    this.terminal = terminal
  }

  setRawMode(raw: boolean): void {
    this.isRaw = raw
    this.terminal.setRawMode?.(raw)
  }

  /** Handed over at once and not through the stream, so that keys and text stay in the order in which they were typed. */
  feed(sequence: string): void {
    this.emit('data', Buffer.from(sequence, 'latin1'))
  }
}

export function openScreen(init: ScreenInit): Screen {
  return new BlessedScreen(init)
}

class BlessedScreen implements Screen {
  private readonly init: ScreenInit
  private readonly feed: KeyFeed
  private readonly screen: blessed.Widgets.Screen
  private readonly canvas: blessed.Widgets.BoxElement
  private readonly decoder = new TextDecoder()
  private sequences: readonly string[]
  private input = EMPTY_INPUT
  private inputTimer: NodeJS.Timeout | undefined
  private shown: Grid | undefined
  private next: Grid | undefined
  private shownTitle = ''
  private restored = false

  constructor(init: ScreenInit) {
    this.init = init
    this.sequences = init.sequences
    this.feed = new KeyFeed(init.input)
    this.screen = blessed.screen({
      input: this.feed,
      output: init.output as never,
      smartCSR: false,
      fullUnicode: false,
      // Our own painter asks the environment for colours; blessed does not know the names of newer terminals.
      terminal: 'xterm-256color',
      warnings: false,
      ignoreLocked: ['C-c']
    })
    this.canvas = this.createCanvas()
    this.screen.program.on('keypress', this.onKeypress)
    this.screen.on('resize', this.onResize)
    init.input.on('data', this.onData)
    init.input.on('end', this.onGone)
    init.input.on('error', this.onGone)
    init.output.on('error', this.onGone)
    init.input.resume()
    this.listenToProcess()
    this.screen.program.flush()
    this.write(ENTER)
  }

  /** A box over the whole screen that computes where it is, and leaves the painting to us. */
  private createCanvas(): blessed.Widgets.BoxElement {
    const { screen } = this
    screen.tput.brokenACS = true
    screen.tput.unicode = true
    const canvas = blessed.box({ parent: screen, top: 0, left: 0, width: '100%', height: '100%' })
    canvas.render = () => {
      const place = canvas._getCoords()
      canvas.lpos = place
      return place
    }
    screen.draw = () => {
      this.paintNext()
    }
    return canvas
  }

  private readonly onKeypress = (_char: unknown, key: { full?: string; name?: string } | undefined): void => {
    // Blessed reports the Enter key twice, as `enter` and as `return`.
    if (key?.full === undefined || key.name === 'return') return
    this.init.onInput({ type: 'key', key: key.full })
  }

  private readonly onResize = (): void => {
    this.shown = undefined
    this.next = undefined
    this.init.onResize(this.size())
  }

  private readonly onGone = (): void => {
    this.init.onGone()
  }

  private readonly onData = (bytes: Buffer): void => {
    clearTimeout(this.inputTimer)
    this.take(readInput(this.input, this.decoder.decode(bytes, { stream: true })))
    if (this.restored || (this.input.pending === '' && this.input.paste === undefined)) return
    const isPaste = this.input.paste !== undefined
    this.inputTimer = setTimeout(() => {
      if (isPaste) this.init.onPastePause()
      else this.take(flushInput(this.input))
    }, isPaste ? PASTE_PAUSE_MS : ESCAPE_MS)
  }

  private take({ state, tokens }: ReturnType<typeof readInput>): void {
    this.input = state
    for (const token of tokens) {
      if (this.restored) return
      if (token.type === 'sequence') this.feed.feed(token.text)
      else this.init.onInput(token)
    }
  }

  size(): Size {
    const { xi, xl, yi, yl } = this.canvas._getCoords()
    return { width: xl - xi, height: yl - yi }
  }

  draw(grid: Grid): void {
    if (this.restored) return
    this.next = grid
    this.screen.render()
  }

  private paintNext(): void {
    const grid = this.next
    // Blessed renders by itself on a resize, before there is a frame of the new size.
    if (grid === undefined || grid.width !== Number(this.screen.width) || grid.height !== Number(this.screen.height)) return
    const bytes = paint(this.shown, grid, this.sequences)
    this.shown = grid
    // What blessed has buffered (entering the alternate screen, clearing) belongs before the frame.
    this.screen.program.flush()
    if (bytes !== '') this.write(bytes)
  }

  forget(): void {
    this.shown = undefined
  }

  useStyles(sequences: readonly string[]): void {
    this.sequences = sequences
    this.shown = undefined
  }

  bell(): void {
    if (!this.restored) this.write('\u0007')
  }

  /** The text is expected sanitised. */
  title(text: string): void {
    if (this.restored || !this.init.hasTitle || text === this.shownTitle) return
    this.shownTitle = text
    this.write(`\u001b]2;${text}\u001b\\`)
  }

  private write(bytes: string): void {
    if (this.init.output.writable) this.init.output.write(bytes)
  }

  private readonly restoreNow = (): void => {
    this.restore()
  }

  /** Stopped and continued from outside (SIGSTOP, fg): the shell has taken the terminal back meanwhile. */
  private readonly onContinued = (): void => {
    if (this.restored) return
    this.init.input.setRawMode?.(true)
    this.write(`\u001b[?1049h${ENTER}`)
    this.onResize()
  }

  /** However the process ends, its terminal must be usable after it. Monitors only: who decides what happens is the caller. */
  private listenToProcess(): void {
    process.on('SIGTERM', this.restoreNow)
    process.on('SIGHUP', this.restoreNow)
    process.on('uncaughtExceptionMonitor', this.restoreNow)
    process.on('exit', this.restoreNow)
    process.on('SIGCONT', this.onContinued)
  }

  private leaveProcess(): void {
    process.off('SIGTERM', this.restoreNow)
    process.off('SIGHUP', this.restoreNow)
    process.off('uncaughtExceptionMonitor', this.restoreNow)
    process.off('exit', this.restoreNow)
    process.off('SIGCONT', this.onContinued)
  }

  restore(): void {
    if (this.restored) return
    this.restored = true
    clearTimeout(this.inputTimer)
    const { input, output } = this.init
    input.off('data', this.onData)
    input.off('end', this.onGone)
    // The handlers of errors stay: the last writes, and giving the terminal back, may fail later.
    this.screen.program.flush()
    if (output.writable) output.write(LEAVE)
    this.screen.destroy()
    input.setRawMode?.(false)
    input.pause()
    this.leaveProcess()
    this.init.onGone()
  }
}
