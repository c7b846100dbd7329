/** `/why` about something that is no person: a command, a record, a message. */
import { ACTIONS } from '../core/authority/actions/index.ts'
import { explain, sayFault, whyAction } from '../core/authority/why.ts'
import type { Explanation } from '../core/authority/why.ts'
import { isHex } from '../core/record/bytes.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import { decodeStored } from './views.ts'

/** Commands that are called otherwise than the action that they sign. */
const ALIASES: Readonly<Record<string, string>> = {
  admin: 'promote',
  unadmin: 'demote',
  topic: 'policy',
  slow: 'policy',
  idle: 'policy',
  rate: 'policy',
  announce: 'policy',
  token: 'rotate-token',
  delete: 'redact'
}

const WORDS: ReadonlySet<string> = new Set(ACTIONS.map((action) => action.word))

/** Undefined when the word is neither a command's nor the id of something that is here. */
export function whyAbout(engine: Engine, host: RoomHost, word: string): Explanation | undefined {
  const action = Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word
  const { authority } = host.machine.rights
  if (WORDS.has(action)) return whyAction(authority, action, host.nameOf)
  if (!isHex(word, 32)) return undefined
  const act = authority.book.actById(word)
  if (act === undefined) return whyMessage(engine, host, word)
  const record = explain(authority.book, act, host.nameOf)
  return { text: record.text, records: [record] }
}

function whyMessage({ store }: Engine, host: RoomHost, id: string): Explanation | undefined {
  const stored = store.get(host.id, id)
  const message = stored?.graph === 'message' ? decodeStored(stored) : undefined
  if (message === undefined) return undefined
  const { rights } = host.machine
  const { judgement, hiding, visibility } = rights.about(message)
  const author = host.nameOf(message.author)
  const told = (by: Parameters<typeof explain>[1] | undefined): Explanation['records'] =>
    by === undefined ? [] : [explain(rights.authority.book, by, host.nameOf)]
  const said = `what ${author} said`
  if (!judgement.permitted) return { text: `${said} does not count: ${sayFault(judgement, host.nameOf)}`, records: told(judgement.by) }
  if (hiding !== undefined) return { text: `${said} was taken off: ${told(hiding)[0]!.text}`, records: told(hiding) }
  if (visibility === 'hidden') return { text: `${said} does not count: it was more than the room allows in that time`, records: [] }
  return { text: `${said} counts: nothing stands against it`, records: [] }
}
