/**
 * One JSON-RPC conversation over a pair of streams: `ready` first, then answers and notifications. Every bound of it is here:
 * the length of a line, the requests under way, and what a reader that does not read may make us keep.
 */
import type { Readable, Writable } from 'node:stream'
import type { NodeEvent } from '../engine/api.ts'
import { dispatch, type Report } from './dispatch.ts'
import { LineReader, MAX_LINE_BYTES } from './line-reader.ts'
import { LineWriter } from './line-writer.ts'
import { MissedEvents } from './missed-events.ts'
import { encodeBatch, encodeEvent, encodeResponse, failure, INVALID_REQUEST, NO_ID, parseLine, PARSE_ERROR } from './protocol.ts'
import type { Entry, Request, Response } from './protocol.ts'
import type { RpcHost } from './methods/index.ts'

/** Requests under way before we stop reading more: keeps the group commit of sends full, and memory flat. */
const MAX_UNDER_WAY = 1024
/** What a reader may leave unread before we stop taking its requests. */
const HIGH_BACKLOG_BYTES = 1024 * 1024
/** What a reader may leave unread before notifications are left out; a catch-up of 20 000 messages fits. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024
/** How long answers under way may take after the end of the input. */
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
    this.writer = new LineWriter(init.output)
    this.missed = new MissedEvents(host.node)
    this.reader = new LineReader({
      maxBytes: MAX_LINE_BYTES,
      onLine: (line) => {
        this.take(line)
      },
      onTooLong: () => {
        this.refuseLongLine()
      }
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
      this.reader.end()
      this.finish('eof')
    })
    input.on('error', () => {
      this.finish('broken')
    })
    input.on('close', () => {
      this.finish('eof')
    })
    output.on('error', () => {
      this.finish('broken')
    })
    output.on('close', () => {
      this.finish('broken')
    })
    output.on('drain', () => {
      this.relax()
    })
    // A stream that was paused before stays so when somebody listens.
    input.resume()
  }

  private isBusy(): boolean {
    return this.underWay >= MAX_UNDER_WAY || this.writer.backlogBytes > HIGH_BACKLOG_BYTES
  }

  private relax(): void {
    if (this.writer.backlogBytes < HIGH_BACKLOG_BYTES) this.tellMissed()
    if (this.ending === undefined && this.init.input.isPaused() && !this.isBusy()) this.init.input.resume()
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
      const response = await this.answer(entry)
      if (response !== undefined) this.writer.write(encodeResponse(response))
    }
  }

  private async answerBatch(entries: readonly Entry[]): Promise<void> {
    const answers = await Promise.all(entries.map((entry) => this.answer(entry)))
    const responses = answers.filter((response) => response !== undefined)
    if (responses.length > 0) this.writer.write(encodeBatch(responses))
  }

  private async answer(entry: Entry): Promise<Response | undefined> {
    if (!entry.ok) return entry.response
    const { request } = entry
    const room = roomOf(request)
    if (room === undefined) return dispatch(this.host, request, this.init.report)
    const before = this.joining.get(room)
    if (request.method !== 'room.join' && request.method !== 'room.create') {
      if (before !== undefined) await before
      return dispatch(this.host, request, this.init.report)
    }
    const response = (before ?? Promise.resolve()).then(() => dispatch(this.host, request, this.init.report))
    this.joining.set(room, response)
    void response.finally(() => {
      if (this.joining.get(room) === response) this.joining.delete(room)
    })
    return response
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
