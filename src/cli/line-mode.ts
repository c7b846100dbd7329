/**
 * The plain conversation: one line per message, no control sequences, nothing redrawn. For screen readers, simple terminals
 * and pipes.
 */
import type { Readable, Writable } from 'node:stream'
import { QUIET_NOTICES } from '../commands/quiet-notices.ts'
import type { CommandContext } from '../commands/command.ts'
import { commands, runLine } from '../commands/index.ts'
import { actLine, clockTime, messageLine } from '../commands/layout.ts'
import { isShown, readOnlyText } from '../commands/read-only.ts'
import { isGivenBack } from '../commands/secrets.ts'
import { tokenAdvice } from '../commands/token-advice.ts'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { ApiError } from '../engine/api.ts'
import type { ActView, MessageView, Method, NodeClient, NodeEvent, Notifications, Params, Result, RoomView } from '../engine/api.ts'
import type { LineSource } from './line-source.ts'
import { LateMessages } from './late-messages.ts'
import { backlogLines } from './pages.ts'
import { aborted, pause, unlessAborted } from './lifetime.ts'
import { openLines } from './typed-lines.ts'
import { saveFile } from './save-file.ts'

export interface LineModeInit {
  readonly client: NodeClient
  /** Names of rooms to join. */
  readonly rooms: readonly string[]
  readonly input: Readable
  readonly output: Writable
  /** A person types here: a prompt is shown, and typed lines are not repeated. */
  readonly interactive: boolean
  readonly stop: AbortSignal
}

/** Messages of a room's past that are shown when it is entered, or of a catch-up. */
const BACKLOG = 20
/** An act that is older comes from a catch-up. */
const LATE_ACT_MS = 120_000
/** Where a server alone forwards what is said, whoever heard it says so within this. */
const UNREACHED_MS = 1000
/** After the end of piped input: how long unsent messages may take. */
const LAST_SENDS_MS = 5000

/**
 * Resolves when the person quits, the input ends or `stop` is aborted. Rejects with ApiError when a room named at the
 * start cannot be joined and nobody is there to try again.
 */
export async function runLineMode(init: LineModeInit): Promise<void> {
  const mode = new LineMode(init)
  try {
    await mode.run()
  } finally {
    mode.end()
  }
}

class LineMode {
  private readonly init: LineModeInit
  private readonly quit = new AbortController()
  private readonly ended: AbortSignal
  private readonly rooms = new Map<string, RoomView>()
  private readonly late = new LateMessages(BACKLOG, (text) => {
    this.print(text)
  })
  /** Own messages that nobody has yet. */
  private readonly queued = new Set<string>()
  private hasToldQueued = false
  private front: RoomView | undefined
  private identity = ''
  private isBusy = false
  private readonly source: LineSource
  private unsubscribe: () => void = () => undefined

  constructor(init: LineModeInit) {
    this.init = init
    this.ended = AbortSignal.any([init.stop, this.quit.signal])
    this.source = openLines(init)
  }

  async run(): Promise<void> {
    const { client } = this.init
    const status = await client.call('node.status', {})
    this.identity = status.identity
    this.unsubscribe = client.subscribe((event) => {
      this.onEvent(event)
    })
    this.print(`You are ${sanitiseLine(status.nick)} (${status.fingerprint}). /help lists the commands.`)
    for (const room of await client.call('room.list', { scope: 'known' })) {
      if (isShown(room)) this.rooms.set(room.id, room)
    }
    await this.enterFirstRooms()
    await this.readLines()
  }

  end(): void {
    this.unsubscribe()
    this.late.flush()
    this.source.close()
  }

  private async enterFirstRooms(): Promise<void> {
    for (const room of this.init.rooms) {
      try {
        const view = await unlessAborted(this.init.client.call('room.join', { room }), this.ended)
        if (view !== undefined) await this.show(view)
        if (view?.reclaimToken !== undefined) this.print(tokenAdvice(view, view.reclaimToken))
      } catch (error) {
        if (!(error instanceof ApiError) || !this.init.interactive) throw error
        this.print(sanitiseText(error.message))
      }
    }
    const [first] = this.rooms.values()
    if (this.front === undefined && first !== undefined) await this.show(first)
    if (this.front === undefined) this.print('You are in no room yet; /join lobby enters the usual first one.')
  }

  private async readLines(): Promise<void> {
    void aborted(this.ended).then(() => {
      this.source.close()
    })
    let failure: Error | undefined
    for (;;) {
      this.prompt()
      const line = await this.source.next().catch((error: unknown) => {
        failure = error instanceof Error ? error : new Error('the input cannot be read', { cause: error })
        return undefined
      })
      if (line === undefined || this.ended.aborted) break
      await unlessAborted(this.runTyped(line), this.ended)
    }
    if (!this.init.interactive && !this.ended.aborted) await this.lastSends()
    if (failure !== undefined) throw failure
  }

  private async runTyped(line: string): Promise<void> {
    this.isBusy = true
    try {
      const done = await runLine(this.context(), line)
      if (!done && isGivenBack(commands, line)) this.source.offer(line)
    } finally {
      this.isBusy = false
    }
  }

  private context(): CommandContext {
    return {
      client: this.watchedClient(),
      room: this.front,
      print: (text) => {
        this.print(text)
      },
      show: (room) => {
        void this.show(room)
      },
      hide: (roomId) => {
        this.rooms.delete(roomId)
        if (this.front?.id === roomId) [this.front] = this.rooms.values()
      },
      quit: () => {
        this.quit.abort()
      },
      saveFile
    }
  }

  /** The client, with an eye on what is sent through it. */
  private watchedClient(): NodeClient {
    const { client } = this.init
    return {
      call: async <M extends Method>(method: M, params: Params<M>): Promise<Result<M>> => {
        const result = await client.call(method, params)
        if (method === 'message.send') this.onSent(result as Result<'message.send'>)
        return result
      },
      subscribe: (listener) => client.subscribe(listener),
      close: () => client.close()
    }
  }

  private onSent(sent: Result<'message.send'>): void {
    if (sent.delivery.state !== 'queued') return
    this.queued.add(sent.id)
    setTimeout(() => this.tellQueued(sent.id), UNREACHED_MS).unref()
  }

  private tellQueued(id: string): void {
    if (!this.queued.has(id) || this.hasToldQueued) return
    this.hasToldQueued = true
    this.print('-- Nobody else is reached yet; it is kept and sent as soon as somebody is.')
  }

  private async show(room: RoomView): Promise<void> {
    this.rooms.set(room.id, room)
    this.front = room
    this.print(`Now in ${sanitiseLine(room.handle)}${room.topic === '' ? '.' : `: ${sanitiseLine(room.topic)}`}`)
    const lines = await backlogLines(this.init.client, room.id, BACKLOG)
    if (lines.length > 0) this.print(lines.join('\n'))
    this.tellReadOnly(room)
  }

  private onEvent(event: NodeEvent): void {
    switch (event.method) {
      case 'message':
        this.onMessage(event.params)
        break
      case 'presence':
        this.onPresence(event.params)
        break
      case 'delivery':
        if (event.params.state !== 'queued') this.queued.delete(event.params.id)
        if (this.queued.size === 0) this.hasToldQueued = false
        break
      case 'room':
        this.onRoom(event.params)
        break
      case 'announcement':
        this.print(`-- The server ${sanitiseLine(event.params.from.nick)} announces: ${sanitiseText(event.params.text)}`)
        break
      case 'notice':
        if (event.params.code === 'skipped') this.print('-- Some lines were not shown in time; /history shows what was said.')
        else if (!QUIET_NOTICES.has(event.params.code)) this.print(`-- ${sanitiseText(event.params.text)}`)
        break
      case 'sync':
        if (event.params.done) this.late.flush()
        break
      case 'role':
        this.onAct(event.params)
        break
      case 'kicked':
      case 'timeline':
      case 'ready':
      case 'gap':
      case 'peer':
      case 'servers':
        break
    }
  }

  private onMessage(message: MessageView): void {
    if (!this.rooms.has(message.room)) return
    if (message.late === true) {
      this.late.add(message)
      return
    }
    const typedHere = this.isBusy && message.from.identity === this.identity
    if (typedHere && this.init.interactive) return
    this.print(this.placeOf(message.room) + messageLine(message, Date.now()))
  }

  private onAct(act: ActView): void {
    if (!this.rooms.has(act.room)) return
    const nowMs = Date.now()
    if (nowMs - act.time > LATE_ACT_MS) this.late.add(act)
    else this.print(this.placeOf(act.room) + actLine(act, nowMs))
  }

  /** In front of what was said or done in a room that is not in front. */
  private placeOf(room: string): string {
    return room === this.front?.id ? '' : `(${sanitiseLine(this.rooms.get(room)?.handle ?? '')}) `
  }

  private onPresence(change: Notifications['presence']): void {
    if (change.room !== this.front?.id || change.identity === this.identity || change.presence === 'idle') return
    this.print(`-- ${sanitiseLine(change.nick)} ${change.presence === 'online' ? 'is here' : 'has gone'}`)
  }

  private onRoom(room: RoomView): void {
    if (room.yieldedTo !== undefined || room.event === 'left' || !isShown(room)) {
      this.rooms.delete(room.id)
      if (this.front?.id === room.id) this.front = room.yieldedTo === undefined ? undefined : this.rooms.get(room.yieldedTo)
      return
    }
    this.rooms.set(room.id, room)
    if (this.front === undefined || this.front.id === room.id) this.front = room
    if (room.event === 'removed' || room.event === 'closed') this.tellReadOnly(room)
    if (room.event === 'returned') this.print(`-- You are back in ${sanitiseLine(room.handle)}.`)
  }

  private tellReadOnly(room: RoomView): void {
    const { owner, removed } = room
    const text = readOnlyText(room, removed?.by === owner.identity ? owner.nick : undefined, (timeMs) => clockTime(timeMs, Date.now()))
    if (text !== undefined) this.print(`-- ${this.placeOf(room.id)}${text}`)
  }

  private async lastSends(): Promise<void> {
    const startedMs = performance.now()
    while (this.queued.size > 0 && performance.now() - startedMs < LAST_SENDS_MS && !this.ended.aborted) await pause(50, this.ended)
    if (this.queued.size > 0) this.print(`-- ${this.queued.size} of your messages reached nobody yet; they are kept for the next time.`)
  }

  private print(text: string): void {
    this.source.breakOff()
    this.init.output.write(`${text}\n`)
    if (!this.isBusy) this.prompt()
  }

  private prompt(): void {
    this.source.prompt(this.front === undefined ? '' : `${sanitiseLine(this.front.handle)}> `)
  }
}
