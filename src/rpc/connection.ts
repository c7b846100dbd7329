/**
 * One JSON-RPC conversation over a pair of streams: `ready` first, then answers and notifications. Every bound of it is here:
 * the length of a line, the requests under way, and what a reader that does not read may make us keep. A line is looked at only
 * when the reader has taken what was written before, but for a little; of answers that may be long, one at a time is made.
 */
import type { Readable, Writable } from 'node:stream'
import type { NodeEvent } from '../engine/api.ts'
import { dispatch, type Report } from './dispatch.ts'
import { LineReader, MAX_LINE_BYTES } from './line-reader.ts'
import { LineWriter } from './line-writer.ts'
import { MissedEvents } from './missed-events.ts'
import { encodeBatch, encodeEvent, encodeResponse, failure, INVALID_REQUEST, NO_ID, parseLine, PARSE_ERROR, tooLong } from './protocol.ts'
import type { Entry, Request, Response } from './protocol.ts'
import { ReadTurns } from './read-turns.ts'
import { isMethod, methodNamed, type RpcHost } from './methods/index.ts'

/** Requests under way before we stop reading more: keeps the group commit of sends full, and memory flat. */
const MAX_UNDER_WAY = 1024
/** What a reader may leave unread before we stop taking its requests: what a pipe of the system holds. */
const MAX_UNREAD_BYTES = 64 * 1024
/** What it may leave unread before it counts as away, and is told no more notifications until it is back; and what unfinished batches may hold. */
const HIGH_BACKLOG_BYTES = 1024 * 1024
/** What the answers to one batch may come to: it is one line, and so all of it is kept until the last of them. */
const MAX_BATCH_ANSWER_BYTES = 16 * 1024 * 1024
/** What a reader may leave unread before notifications are left out; a catch-up of 20 000 messages fits. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024
/** How long answers under way may take after the end of the input, and a reader to take the next bytes before the lines that wait for it. */
const LAST_ANSWERS_MS = 10_000
/** How long a reader may take to read what is left at the end. */
const FLUSH_MS = 1000

/** Why a conversation ended. */
export type Ending = 'eof' | 'closed' | 'broken'

export interface ConnectionInit {
  readonly input: Readable
  readonly output: Writable
  readonly report: Report
}

export class Connection {
  /** Resolves when the conversation is over and what could be written is written. */
  readonly ended: Promise<Ending>

  private readonly host: RpcHost
  private readonly init: ConnectionInit
  private readonly writer: LineWriter
  private readonly reader: LineReader
  private readonly unsubscribe: () => void
  private readonly lines = new Set<Promise<void>>()
  private underWay = 0
  /** Of methods that read: see {@link MethodSpec}. */
  private readonly turns = new ReadTurns(() => this.hasRoom())
  /** Characters of answers to batches that are not finished. */
  private batchedChars = 0
  /** The input has ended, and lines of it wait; gives them up when the reader takes nothing for long. */
  private patience: NodeJS.Timeout | undefined
  /** Joins under way by the word that names the room: what is said to that room waits for them. */
  private readonly joining = new Map<string, Promise<unknown>>()
  private ending: Ending | undefined
  private resolveEnded: (ending: Ending) => void = () => undefined
  private readonly missed: MissedEvents

  constructor(host: RpcHost, init: ConnectionInit) {
    this.host = host
    this.init = init
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve
    })
    this.writer = new LineWriter(init.output, () => {
      this.relax()
    })
    this.missed = new MissedEvents(host.node)
    this.reader = new LineReader({
      maxBytes: MAX_LINE_BYTES,
      onLine: (line) => {
        this.take(line)
      },
      onTooLong: () => {
        this.refuseLongLine()
      },
      isHeld: () => this.isBusy()
    })
    const { peerId, identity, addresses } = host.node.status()
    this.writer.write(encodeEvent({ method: 'ready', params: { peerId, identity, addresses } }))
    this.unsubscribe = host.node.subscribe((event) => {
      this.tell(event)
    })
    this.listen()
  }

  /** Ends the conversation from our side, with what is written so far, and a last word if there is one. */
  async close(lastWord?: NodeEvent): Promise<void> {
    if (lastWord !== undefined && this.ending === undefined) this.writer.write(encodeEvent(lastWord))
    this.finish('closed')
    await this.ended
  }

  private listen(): void {
    const { input, output } = this.init
    input.on('data', (chunk: Buffer) => {
      this.reader.feed(chunk)
      if (this.isBusy()) input.pause()
    })
    input.on('end', () => {
      this.patience = setTimeout(() => {
        this.finish('eof')
      }, LAST_ANSWERS_MS)
      this.proceed()
    })
    input.on('error', () => {
      this.finish('broken')
    })
    input.on('close', () => {
      // After an end, what came before it may still wait.
      if (this.patience === undefined) this.finish('eof')
    })
    output.on('error', () => {
      this.finish('broken')
    })
    output.on('close', () => {
      this.finish('broken')
    })
    // A stream that was paused before stays so when somebody listens.
    input.resume()
  }

  private isBusy(): boolean {
    if (this.underWay >= MAX_UNDER_WAY || this.batchedChars > HIGH_BACKLOG_BYTES) return true
    return this.turns.areAwaited || this.writer.backlogBytes > MAX_UNREAD_BYTES
  }

  /** Whether another answer may be made that may be long. */
  private hasRoom(): boolean {
    return (this.ending === undefined || this.ending === 'eof') && this.writer.backlogBytes <= MAX_UNREAD_BYTES
  }

  private relax(): void {
    if (this.writer.backlogBytes < HIGH_BACKLOG_BYTES) this.tellMissed()
    this.turns.next()
    this.patience?.refresh()
    this.proceed()
  }

  /** Takes what waits, then what comes next, as far as it may be. */
  private proceed(): void {
    if (this.ending !== undefined) return
    this.reader.resume()
    if (this.reader.isBehind) return
    if (this.patience !== undefined) {
      this.reader.end()
      this.finish('eof')
    } else if (this.init.input.isPaused() && !this.isBusy()) this.init.input.resume()
  }

  private take(line: string | undefined): void {
    if (this.ending !== undefined || line?.trim() === '') return
    if (line === undefined) {
      this.writer.write(encodeResponse(failure(NO_ID, PARSE_ERROR, 'This line is not UTF-8.')))
      return
    }
    const { batch, entries } = parseLine(line)
    const answered = batch ? this.answerBatch(entries) : this.answerOne(entries)
    this.underWay += entries.length
    const done = answered.finally(() => {
      this.underWay -= entries.length
      this.lines.delete(done)
      this.relax()
    })
    this.lines.add(done)
  }

  private async answerOne(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      await this.answer(entry, (response) => {
        this.writer.write(encodeResponse(response))
      })
    }
  }

  private async answerBatch(entries: readonly Entry[]): Promise<void> {
    const answers: (string | undefined)[] = entries.map(() => undefined)
    let chars = 0
    const isFull = (): boolean => chars > MAX_BATCH_ANSWER_BYTES
    const answered = entries.map((entry, place) => this.answer(entry, (response) => {
      const answer = encodeResponse(response)
      answers[place] = answer
      chars += answer.length
      this.batchedChars += answer.length
    }, isFull))
    await Promise.all(answered)
    this.batchedChars -= chars
    const given = answers.filter((answer) => answer !== undefined)
    if (given.length > 0) this.writer.write(encodeBatch(given))
  }

  /** @param give takes the answer, if there is one, before the next is made */
  private async answer(entry: Entry, give: (response: Response) => void, isFull = (): boolean => false): Promise<void> {
    if (!entry.ok) {
      give(entry.response)
      return
    }
    const { request } = entry
    const run = async (): Promise<void> => {
      const response = await dispatch(this.host, request, this.init.report)
      if (response !== undefined) give(response)
    }
    const room = roomOf(request)
    const before = room === undefined ? undefined : this.joining.get(room)
    if (room !== undefined && (request.method === 'room.join' || request.method === 'room.create')) {
      await this.join(room, (before ?? Promise.resolve()).then(run))
      return
    }
    if (before !== undefined) await before
    if (!isMethod(request.method) || methodNamed(request.method).reads !== true) await run()
    else await this.turns.run(async () => (isFull() ? this.refuseTheRest(request, give) : run()))
  }

  private async join(room: string, joined: Promise<void>): Promise<void> {
    this.joining.set(room, joined)
    await joined.finally(() => {
      if (this.joining.get(room) === joined) this.joining.delete(room)
    })
  }

  private refuseTheRest({ id }: Request, give: (response: Response) => void): void {
    if (id !== undefined) give(tooLong(id))
  }

  /** Once something was left out, all is until the reader has caught up: what it then asks for has no holes before or behind. */
  private tell(event: NodeEvent): void {
    if (this.missed.isEmpty && this.writer.backlogBytes <= MAX_BACKLOG_BYTES) this.writer.write(encodeEvent(event))
    else this.missed.add(event)
  }

  private tellMissed(): void {
    for (const event of this.missed.take()) this.writer.write(encodeEvent(event))
  }

  private refuseLongLine(): void {
    const message = `A line may hold ${MAX_LINE_BYTES} bytes at most; this one was skipped.`
    this.writer.write(encodeResponse(failure(NO_ID, INVALID_REQUEST, message)))
  }

  private finish(ending: Ending): void {
    if (this.ending !== undefined) return
    this.ending = ending
    clearTimeout(this.patience)
    this.reader.stop()
    void this.wind(ending).finally(() => {
      this.resolveEnded(ending)
    })
  }

  private async wind(ending: Ending): Promise<void> {
    if (ending === 'eof') await settled([...this.lines], LAST_ANSWERS_MS)
    this.unsubscribe()
    this.tellMissed()
    this.init.input.pause()
    if (ending === 'eof' || ending === 'closed') await this.writer.flush(FLUSH_MS)
    this.writer.close()
  }
}

function roomOf(request: Request): string | undefined {
  if (typeof request.params !== 'object' || request.params === null) return undefined
  const { room, name } = request.params as Record<string, unknown>
  if (typeof room === 'string') return room
  return request.method === 'room.create' && typeof name === 'string' ? name : undefined
}

async function settled(promises: readonly Promise<void>[], deadlineMs: number): Promise<void> {
  if (promises.length === 0) return
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs)
  })
  await Promise.race([Promise.all(promises), deadline])
  clearTimeout(timer)
}
