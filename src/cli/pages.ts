/** Reading a room's history page by page. */
import { timelineLines } from '../commands/layout.ts'
import { ApiError, type ActView, type MessageView, type NodeClient } from '../engine/api.ts'

const PAGE = 500

/** Messages not older than `sinceMs`, oldest first. */
export async function historySince(client: NodeClient, room: string, sinceMs: number): Promise<MessageView[]> {
  const pages: MessageView[][] = []
  for (let before: string | undefined; ; ) {
    const page: MessageView[] = await client.call('message.history', { room, limit: PAGE, ...(before === undefined ? {} : { before }) })
    const recent = page.filter((message) => message.time >= sinceMs)
    pages.unshift(recent)
    before = page[0]?.id
    // A page may be short because some of it is not shown; only an empty one, or an older one, is the end.
    if (recent.length === 0 || recent.length < page.length) return pages.flat()
  }
}

/** What was stored after the cursor, in the order in which it came. */
export async function messagesSince(client: NodeClient, room: string, cursor: string): Promise<MessageView[]> {
  const pages: MessageView[][] = []
  for (let from = cursor; ; ) {
    const page = await client.call('message.since', { cursor: from, rooms: [room], limit: PAGE })
    if (page.messages.length === 0) return pages.flat()
    pages.push(page.messages)
    from = page.cursor
  }
}

/** The last `limit` messages before `before` (or of all), oldest first. */
export async function historyLast(client: NodeClient, room: string, limit: number, before: string | undefined): Promise<MessageView[]> {
  const pages: MessageView[][] = []
  let wanted = limit
  for (let end = before; wanted > 0; ) {
    const asked = Math.min(wanted, PAGE)
    const page: MessageView[] = await client.call('message.history', { room, limit: asked, ...(end === undefined ? {} : { before: end }) })
    if (page.length === 0) break
    pages.unshift(page)
    wanted -= page.length
    end = page[0]?.id
  }
  return pages.flat()
}

/** Acts not older than `sinceMs`, oldest first; the last of them, if there are very many. */
export async function actsSince(client: NodeClient, room: string, sinceMs: number): Promise<ActView[]> {
  try {
    const acts = await client.call('room.acts', { room, limit: PAGE })
    return acts.filter((act) => act.time >= sinceMs)
  } catch (error) {
    // A node of another version may not have them; what is said is shown all the same.
    if (error instanceof ApiError) return []
    throw error
  }
}

/** The last of what was said and done, as lines. */
export async function backlogLines(client: NodeClient, room: string, limit: number): Promise<string[]> {
  const messages = await client.call('message.history', { room, limit })
  const acts = await actsSince(client, room, messages.length < limit ? 0 : (messages[0]?.time ?? 0))
  return timelineLines(messages, acts, Date.now()).slice(-limit)
}
