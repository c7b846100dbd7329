import { sanitiseLine } from '../core/text/sanitise.ts'
import { textFinder } from '../core/text/search.ts'
import { ApiError, REFUSED, type MessageView, type NodeClient } from '../engine/api.ts'
import { firstWord, roomOf, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { messageLine } from './layout.ts'
import { findTarget } from './people.ts'

const MESSAGE_ID = /^[0-9a-f]{64}$/u
/** Messages that are looked through: what is on the screen, and some screens before. */
const LOOKED_THROUGH = 500

export const redact: Command = {
  name: 'redact',
  usage: '/redact NICK [WORDS OF IT]',
  summary: 'Take the last message of somebody off the record, or the last that holds these words.',
  completes: 'member',
  async run(context, args) {
    const [word, words] = firstWord(args)
    if (word === '') throw new UsageError('Whose message?')
    const room = roomOf(context).id
    const message = await messageOf(context.client, room, word, words)
    await context.client.call('room.act', { room, action: 'redact', target: message.id })
    context.print(`Taken off the record: ${messageLine(message, Date.now())}`)
  }
}

async function messageOf(client: NodeClient, room: string, word: string, words: string): Promise<MessageView> {
  const messages = await client.call('message.history', { room, limit: LOOKED_THROUGH })
  const byId = MESSAGE_ID.test(word) ? messages.find((message) => message.id === word) : undefined
  if (byId !== undefined) return byId
  const author = await findTarget(client, room, word)
  const holdsWords = textFinder(words)
  const found = messages.findLast(
    (message) => message.from.identity === author && message.redacted !== true && holdsWords(message.text)
  )
  if (found !== undefined) return found
  const which = words === '' ? '' : ` that holds "${sanitiseLine(words)}"`
  throw new ApiError(REFUSED, 'not-found', `There is no message of ${sanitiseLine(word)}${which} among the last ${LOOKED_THROUGH}.`)
}
