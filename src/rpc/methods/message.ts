import type { MessageView, Params, Result } from '../../engine/api.ts'
import type { ChatNode } from '../../engine/chat-node.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../../engine/conversation.ts'
import { OPTIONAL_TEXT, TEXT, type MethodFamily } from './spec.ts'

/** Messages that one answer may hold. A longer history is asked for in pages by `before`. */
export const MAX_HISTORY = 20_000

export const messageMethods: MethodFamily<'message'> = {
  'message.send': {
    params: {
      room: TEXT,
      text: TEXT,
      kind: { type: 'choice', of: ['say', 'action'], optional: true },
      replyTo: { type: 'id', optional: true }
    },
    run: (host, params) => host.node.send(params)
  },
  'message.history': {
    params: {
      room: TEXT,
      limit: { type: 'integer', min: 1, max: MAX_HISTORY, optional: true },
      before: { type: 'id', optional: true }
    },
    reads: true,
    run: (host, params) => ((params.limit ?? 1) <= MAX_PAGE ? host.node.history(params) : longHistory(host.node, params))
  },
  'message.since': {
    params: {
      cursor: OPTIONAL_TEXT,
      rooms: { type: 'texts', optional: true },
      limit: { type: 'integer', min: 1, max: MAX_PAGE, optional: true }
    },
    reads: true,
    run: (host, params) => messagesSince(host.node, params)
  },
  'message.delivery': { params: { id: { type: 'id' } }, reads: true, run: (host, params) => host.node.delivery(params.id) }
}

/** More than the node reads at a time: page by page, with room for others' requests between. */
async function longHistory(node: ChatNode, { room, limit = MAX_PAGE, before }: Params<'message.history'>): Promise<MessageView[]> {
  const pages: MessageView[][] = []
  let wanted = limit
  for (let end = before; wanted > 0; ) {
    const asked = Math.min(wanted, MAX_PAGE)
    const page = node.history({ room, limit: asked, ...(end === undefined ? {} : { before: end }) })
    // A page may be shorter than what was asked for when some of it is not shown; only an empty one is the end.
    if (page.length === 0) break
    pages.unshift(page)
    wanted -= page.length
    end = page[0]?.id
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
  return pages.flat()
}

/** Some of what is stored is not shown, or of other rooms: goes on until there is as much as was asked for, or no more, with room for others between. */
async function messagesSince(node: ChatNode, query: Params<'message.since'>): Promise<Result<'message.since'>> {
  const { limit = DEFAULT_PAGE } = query
  const messages: MessageView[] = []
  let { cursor } = query
  for (;;) {
    const page = node.since({ ...query, limit: limit - messages.length, ...(cursor === undefined ? {} : { cursor }) })
    messages.push(...page.messages)
    if (messages.length >= limit || page.cursor === (cursor ?? '0')) return { messages, cursor: page.cursor }
    cursor = page.cursor
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
