/**
 * Lines that a person types at a terminal. The terminal's own echo is off, since a secret must not stand on the screen: what
 * is typed is written here, its secret parts as stars, and nothing is ever moved or redrawn, for the sake of screen readers.
 */
import { StringDecoder } from 'node:string_decoder'
import type { Readable, Writable } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { splitClusters, textWidth } from '../core/text/clusters.ts'
import { commands } from '../commands/index.ts'
import { masked } from '../commands/secrets.ts'
import { pipedLines, type LineSource } from './line-source.ts'
import { setRaw, stopJob } from './raw-mode.ts'

/** UTF-16 units of one line: more than any message may have. */
const MAX_LINE_LENGTH = 64 * 1024
/** What is typed or pasted while a command runs. */
const MAX_PENDING_LENGTH = 1024 * 1024
/** A key that is no letter (an arrow, F1), whole or so far as it has arrived. */
const SEQUENCE = /^\u001b(?:\[[0-9;?<=>]*[ -/]*[@-~]|O[ -~]|[^[O\p{Cc}])/u
const SEQUENCE_SO_FAR = /^\u001b(?:\[[0-9;?<=>]*[ -/]*|O)?$/u
/** What some terminals put around what is pasted, though nobody asked them to here. */
const PASTE_START = '\u001b[200~'
const PASTE_END = '\u001b[201~'

/** @param init `interactive`: a person types at a terminal. */
export function openLines(init: { readonly input: Readable; readonly output: Writable; readonly interactive: boolean }): LineSource {
  const { input, output, interactive } = init
  return interactive && 'setRawMode' in input ? new TypedLines({ input: input as ReadStream, output }) : pipedLines(input)
}

interface TypedLinesInit {
  readonly input: ReadStream
  readonly output: Writable
}

class TypedLines implements LineSource {
  private readonly init: TypedLinesInit
  private readonly decoder = new StringDecoder('utf8')
  /** What was typed and not yet looked at. */
  private pending = ''
  private line = ''
  private promptText = ''
  private isOpen = false
  private isOver = false
  /** Between the marks of a paste, where a line break is no Enter. Only its end mark ends it. */
  private isPasting = false
  /** The line is one that was put back and not touched since. */
  private isOffered = false
  private done: string | undefined
  private resolveNext: ((line: string | undefined) => void) | undefined

  private readonly onData = (chunk: Buffer): void => {
    const text = this.decoder.write(chunk)
    // In the middle of a paste it is the person only if it comes by itself.
    if (this.isPasting ? text === '\u0003' : text.includes('\u0003') && !text.includes(PASTE_START)) {
      this.pending = ''
      process.kill(process.pid, 'SIGINT')
      return
    }
    if (this.pending.length + text.length <= MAX_PENDING_LENGTH) this.pending += text
    this.take()
  }

  private readonly onEnd = (): void => {
    this.isOver = true
    this.settle()
  }

  private readonly onContinued = (): void => {
    setRaw(this.init.input, true)
    if (this.isOpen) this.show()
  }

  constructor(init: TypedLinesInit) {
    this.init = init
    setRaw(init.input, true)
    init.input.on('data', this.onData)
    for (const end of ['end', 'error', 'close']) init.input.on(end, this.onEnd)
    // A question for the passphrase may have paused it.
    init.input.resume()
    process.on('SIGCONT', this.onContinued)
  }

  async next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.resolveNext = resolve
      this.settle()
    })
  }

  prompt(text: string): void {
    if (this.isOver || this.isOpen) return
    this.promptText = text
    this.isOpen = true
    this.show()
    this.take()
  }

  breakOff(): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.promptText !== '' || this.line !== '') this.write('\n')
  }

  offer(line: string): void {
    // Behind what was typed meanwhile it would be lost, and in front of it would change it.
    if (this.line !== '' || this.pending !== '' || this.isOpen) return
    this.line = line
    this.isOffered = true
  }

  close(): void {
    const { input } = this.init
    this.isOver = true
    input.off('data', this.onData)
    for (const end of ['end', 'error', 'close']) input.off(end, this.onEnd)
    process.off('SIGCONT', this.onContinued)
    setRaw(input, false)
    input.pause()
    this.settle()
  }

  private settle(): void {
    if (this.resolveNext === undefined || (this.done === undefined && !this.isOver)) return
    const resolve = this.resolveNext
    this.resolveNext = undefined
    resolve(this.done)
    this.done = undefined
  }

  private show(): void {
    this.write(this.promptText + masked(commands, this.line))
  }

  private write(text: string): void {
    this.init.output.write(text)
  }

  /** Until the line is whole: what follows belongs to the next one. */
  private take(): void {
    while (this.isOpen && !this.isOver && this.pending !== '') {
      if (this.isPasting) {
        if (!this.takePasted()) return
        continue
      }
      const [first = ''] = this.pending
      if (this.pending.startsWith(PASTE_START)) {
        this.pending = this.pending.slice(PASTE_START.length)
        this.isPasting = true
        continue
      }
      if (first === '\u001b') {
        const [sequence] = SEQUENCE.exec(this.pending) ?? []
        if (sequence === undefined && SEQUENCE_SO_FAR.test(this.pending)) return
        this.pending = this.pending.slice(sequence?.length ?? 1)
        continue
      }
      const plain = /^\P{Cc}+/u.exec(this.pending)?.[0]
      this.pending = this.pending.slice((plain ?? first).length)
      if (plain === undefined) this.control(first)
      else this.add(plain)
    }
  }

  /** Takes what has come of a paste; false when the rest is still to come. */
  private takePasted(): boolean {
    const end = this.pending.indexOf(PASTE_END)
    // The end mark itself may be cut by the read: what could be its start is kept back, and a CR whose LF is to come.
    const taken = end < 0 ? this.pending.slice(0, Math.max(0, this.pending.length - PASTE_END.length)) : this.pending.slice(0, end)
    const isCut = end < 0 && taken.endsWith('\r')
    const text = isCut ? taken.slice(0, -1) : taken
    this.add(text.replace(/\r\n?/gu, '\n').replaceAll('\t', ' ').replace(/(?!\n)\p{Cc}/gu, ''))
    this.pending = this.pending.slice(text.length + (end < 0 ? 0 : PASTE_END.length))
    this.isPasting = end < 0
    return end >= 0
  }

  private add(text: string): void {
    if (this.isOffered && text.startsWith('/')) {
      // A command, typed without a look at what was put there: with it in front, it would be said to the room.
      this.line = ''
      this.write('\n')
      this.show()
    }
    this.isOffered = false
    if (this.line.length + text.length > MAX_LINE_LENGTH) return
    const shown = this.line.length
    this.line += text
    this.write(masked(commands, this.line).slice(shown))
  }

  private control(key: string): void {
    this.isOffered = false
    switch (key) {
      case '\r':
      case '\n':
        this.finish()
        break
      case '\t':
        this.add(' ')
        break
      case '\b':
      case '\u007f':
        this.shorten(splitClusters(this.line).slice(0, -1).join(''))
        break
      case '\u0017':
        this.shorten(withoutLastWord(this.line))
        break
      case '\u0015':
        this.line = ''
        this.write('\n')
        this.show()
        break
      case '\u0004':
        if (this.line === '') this.onEnd()
        break
      case '\u001a':
        stopJob(this.init.input, this.onContinued)
        break
      default:
        break
    }
  }

  /** Blanks over what goes, as the terminal itself would. */
  private shorten(line: string): void {
    if (this.line.includes('\n', line.length)) {
      // What is above cannot be taken back; the line as it is stands below it.
      this.line = line
      this.write('\n')
      this.show()
      return
    }
    const shown = masked(commands, this.line)
    const columns = textWidth(shown) - textWidth(shown.slice(0, line.length))
    this.line = line
    this.write('\b \b'.repeat(Math.max(0, columns)))
  }

  private finish(): void {
    this.done = this.line
    this.line = ''
    this.isOpen = false
    this.write('\n')
    this.settle()
  }
}

/** As Ctrl-W leaves it: without the last word and the blanks behind it. */
function withoutLastWord(line: string): string {
  const trimmed = line.trimEnd()
  let end = trimmed.length
  while (end > 0 && trimmed.charAt(end - 1).trim() !== '') end--
  return trimmed.slice(0, end)
}
