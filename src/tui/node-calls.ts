/** What the terminal asks of the node, each answer a message to the model; what fails becomes a line for the person. */
import { tokenAdvice } from '../commands/token-advice.ts'
import { refuseToTell } from '../commands/secrets.ts'
import { ApiError, type ActView, type NodeClient } from '../engine/api.ts'
import { createCoalescer } from './coalescer.ts'
import type { Message, Room } from './model.ts'
import { PAGE_MESSAGES, placeOf } from './timeline.ts'

/** Member lists change in bursts (a room full of people whose node restarts). */
const MEMBERS_DELAY_MS = 100
/** Acts come in pages of this size, and this many pages at the most lie between two messages that are shown. */
const PAGE_ACTS = 500
const MAX_ACT_PAGES = 10
/** Messages that a reload asks for beyond those that are shown: some may count again. */
const SPARE_MESSAGES = 50
/** Items above the lowest one that is seen which a reload asks for: a few screens. */
const ITEMS_ABOVE = 300

/** Reading ten messages that arrive at once is one act of reading. */
const READ_DELAY_MS = 300

export class NodeCalls {
  private readonly client: NodeClient
  private readonly dispatch: (message: Message) => void
  private readonly shown: (room: string) => Room | undefined
  /** Requests that come in bursts. */
  readonly members = createCoalescer(MEMBERS_DELAY_MS, (room) => void this.loadMembers(room))
  readonly reads = createCoalescer(READ_DELAY_MS, (room) => void this.markRead(room))
  readonly reloads = createCoalescer(MEMBERS_DELAY_MS, (room) => void this.reload(room))
  readonly rooms = createCoalescer(MEMBERS_DELAY_MS, () => void this.loadRooms(true))

  /** @param shown a room as it is now. */
  constructor(client: NodeClient, dispatch: (message: Message) => void, shown: (room: string) => Room | undefined) {
    this.client = client
    this.dispatch = dispatch
    this.shown = shown
  }

  stop(): void {
    for (const coalescer of [this.members, this.reads, this.reloads, this.rooms]) coalescer.stop()
  }

  tell(room: string | undefined, error: unknown): void {
    this.dispatch({ type: 'print', room, text: sentenceOf(error), tone: 'error', nowMs: Date.now() })
  }

  private say(room: string, text: string): void {
    this.dispatch({ type: 'print', room, text, tone: 'notice', nowMs: Date.now() })
  }

  async loadStatus(): Promise<void> {
    try {
      this.dispatch({ type: 'status', status: await this.client.call('node.status', {}) })
    } catch (error) {
      this.tell(undefined, error)
    }
  }

  /** With `show`, one of them comes to the front if none is there. */
  async loadRooms(show: boolean): Promise<void> {
    try {
      this.dispatch({ type: 'rooms', rooms: await this.client.call('room.list', { scope: 'known' }), show })
    } catch (error) {
      this.tell(undefined, error)
    }
  }

  /** Enters rooms by name, one after the other; the first of them comes to the front. */
  async enter(names: readonly string[]): Promise<void> {
    for (const [index, room] of names.entries()) {
      this.dispatch({ type: 'flash', text: `Looking for ${room} …`, tone: 'notice' })
      try {
        const view = await this.client.call('room.join', { room })
        this.dispatch(index === 0 ? { type: 'show', room: view } : { type: 'rooms', rooms: [view], show: false })
        if (view.reclaimToken !== undefined) this.say(view.id, tokenAdvice(view, view.reclaimToken))
      } catch (error) {
        this.tell(undefined, error)
      }
      this.dispatch({ type: 'flash-over' })
    }
  }

  async loadHistory(room: string, before: string | undefined): Promise<void> {
    try {
      const page = { room, limit: PAGE_MESSAGES, ...(before === undefined ? {} : { before }) }
      const messages = await this.client.call('message.history', page)
      const complete = messages.length < PAGE_MESSAGES
      const item = before === undefined ? undefined : this.shown(room)?.items.find(({ id }) => id === before)
      const beforeMs = item === undefined ? undefined : Math.floor(item.time)
      const acts = await this.actsBetween(room, complete ? undefined : messages[0]?.time, beforeMs)
      this.dispatch({ type: 'history', room, messages, acts, complete })
      if (before === undefined) await this.loadAnnouncements(room)
    } catch (error) {
      this.dispatch({ type: 'history-failed', room })
      this.tell(room, error)
    }
  }

  private async loadAnnouncements(room: string): Promise<void> {
    const announcements = await this.client.call('server.announcements', {})
    if (announcements.length > 0) this.dispatch({ type: 'announcements', room, announcements, nowMs: Date.now() })
  }

  private async reload(room: string): Promise<void> {
    try {
      const { items = [], scroll } = this.shown(room) ?? {}
      // From some way above the window on; what is older comes again when it is scrolled to.
      const place = scroll?.at === 'item' ? placeOf(items, scroll) : items.length
      const around = items.slice(Math.max(0, place - ITEMS_ABOVE))
      const limit = Math.max(PAGE_MESSAGES, around.filter((item) => item.kind === 'message').length + SPARE_MESSAGES)
      const asked = new Set(items.map((item) => item.id))
      const messages = await this.client.call('message.history', { room, limit })
      const complete = messages.length < limit
      const acts = await this.actsBetween(room, complete ? undefined : messages[0]?.time, undefined)
      this.dispatch({ type: 'reloaded', room, asked, messages, acts, complete })
    } catch {
      // The room is gone in the meantime; or the next such notice brings it.
    }
  }

  /** The acts from one time (undefined: the beginning) to another (undefined: now). What is said is shown also where they cannot be had. */
  private async actsBetween(room: string, fromMs: number | undefined, toMs: number | undefined): Promise<ActView[]> {
    const acts = new Map<string, ActView>()
    let before = toMs === undefined ? undefined : toMs + 1
    try {
      for (let page = 0; page < MAX_ACT_PAGES; page++) {
        const found = await this.client.call('room.acts', { room, limit: PAGE_ACTS, ...(before === undefined ? {} : { before }) })
        const known = acts.size
        for (const act of found) acts.set(act.record, act)
        const oldest = found[0]
        if (oldest === undefined || found.length < PAGE_ACTS || acts.size === known || oldest.time < (fromMs ?? 0)) break
        // Several may have the time of the oldest: those are asked for again.
        before = oldest.time + 1
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
    return [...acts.values()]
  }

  private async loadMembers(room: string): Promise<void> {
    try {
      this.dispatch({ type: 'members', room, members: await this.client.call('room.members', { room }) })
    } catch {
      // Left or yielded in the meantime; the list that is shown is the last that was known.
    }
  }

  private async markRead(room: string): Promise<void> {
    try {
      await this.client.call('room.read', { room })
    } catch {
      // Only a mark: the next reading sets it again.
    }
  }

  async send(room: string, text: string): Promise<void> {
    try {
      refuseToTell(text)
      const result = await this.client.call('message.send', { room, text })
      this.dispatch({ type: 'sent', room, text, result })
    } catch (error) {
      const retryAtMs = error instanceof ApiError ? error.retryAt : undefined
      this.dispatch({ type: 'send-refused', room, text, why: sentenceOf(error), retryAtMs, nowMs: Date.now() })
    }
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
