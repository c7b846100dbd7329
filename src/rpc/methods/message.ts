import type { MethodFamily } from './spec.ts'
import { TEXT } from './spec.ts'

/** Messages that one answer may hold. A whole room is asked for in pages by `before`. */
export const MAX_HISTORY = 100_000

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
    run: (host, params) => host.node.history(params)
  },
  'message.delivery': { params: { id: { type: 'id' } }, run: (host, params) => host.node.delivery(params.id) }
}
