/** What the terminal asks of the node, each answer a message to the model; what fails becomes a line for the person. */
import { tokenAdvice } from '../commands/token-advice.ts'
import type { NodeClient } from '../engine/api.ts'
import { createCoalescer } from './coalescer.ts'
import type { Message } from './model.ts'
import { PAGE_MESSAGES } from './timeline.ts'

/** Member lists change in bursts (a room full of people whose node restarts). */
const MEMBERS_DELAY_MS = 100
/** Reading ten messages that arrive at once is one act of reading. */
const READ_DELAY_MS = 300

export class NodeCalls {
  private readonly client: NodeClient
  private readonly dispatch: (message: Message) => void
  /** Requests that come in bursts. */
  readonly members = createCoalescer(MEMBERS_DELAY_MS, (room) => void this.loadMembers(room))
  readonly reads = createCoalescer(READ_DELAY_MS, (room) => void this.markRead(room))
  readonly rooms = createCoalescer(MEMBERS_DELAY_MS, () => void this.loadRooms(true))

  constructor(client: NodeClient, dispatch: (message: Message) => void) {
    this.client = client
    this.dispatch = dispatch
  }

  stop(): void {
    for (const coalescer of [this.members, this.reads, this.rooms]) coalescer.stop()
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
      this.dispatch({ type: 'rooms', rooms: await this.client.call('room.list', { scope: 'joined' }), show })
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
      this.dispatch({ type: 'history', room, messages, complete: messages.length < PAGE_MESSAGES })
    } catch (error) {
      this.dispatch({ type: 'history-failed', room })
      this.tell(room, error)
    }
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
      const result = await this.client.call('message.send', { room, text })
      this.dispatch({ type: 'sent', room, text, result })
    } catch (error) {
      this.dispatch({ type: 'send-refused', room, text, why: sentenceOf(error), nowMs: Date.now() })
    }
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
