/** What a reader that does not keep up misses: how much it was, from where on it can catch up, and what it must be told all the same. */
import { ApiError } from '../engine/api.ts'
import type { NodeEvent, Notifications } from '../engine/api.ts'
import type { ChatNode } from '../engine/chat-node.ts'

export class MissedEvents {
  private readonly node: Pick<ChatNode, 'arrival'>
  private count = 0
  /** The arrival number before the first message that was missed. */
  private before: number | undefined
  /** The last `sync` by room of those that end one: programs wait for it. Bounded by the rooms of the node. */
  private readonly syncs = new Map<string, Notifications['sync']>()

  constructor(node: Pick<ChatNode, 'arrival'>) {
    this.node = node
  }

  get isEmpty(): boolean {
    return this.count === 0 && this.syncs.size === 0
  }

  add(event: NodeEvent): void {
    if (this.isEmpty) this.before = this.arrivalOf(undefined)
    if (event.method === 'sync' && event.params.done) {
      const { room, received } = event.params
      this.syncs.set(room, { room, received: received + (this.syncs.get(room)?.received ?? 0), done: true })
      return
    }
    this.count++
    if (event.method !== 'message') return
    // It was stored before it is told, so that others which are still to be told may stand before or behind it.
    const at = this.arrivalOf(event.params.id)
    if (at !== undefined) this.before = Math.min(this.before ?? at - 1, at - 1)
  }

  /** What the reader is told now that it reads again; nothing when it missed nothing. */
  take(): NodeEvent[] {
    if (this.isEmpty) return []
    const { count, before } = this
    const events: NodeEvent[] = []
    if (count > 0) {
      const cursor = before === undefined ? undefined : String(before)
      const way = cursor === undefined ? '' : ` message.since with the cursor ${cursor} gives the messages among them.`
      const text = `${count} ${count === 1 ? 'notification was' : 'notifications were'} left out, because they were not read in time.${way}`
      events.push({ method: 'notice', params: { code: 'skipped', text, count, ...(cursor === undefined ? {} : { cursor }) } })
    }
    for (const params of this.syncs.values()) events.push({ method: 'sync', params })
    this.count = 0
    this.before = undefined
    this.syncs.clear()
    return events
  }

  private arrivalOf(id: string | undefined): number | undefined {
    try {
      return this.node.arrival(id)
    } catch (error) {
      // A serving node is in no room. A disk that refuses is told where something is asked of it.
      if (error instanceof ApiError || (error instanceof Error && error.name === 'StoreError')) return undefined
      throw error
    }
  }
}
