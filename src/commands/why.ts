import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { ApiError, type NodeClient, type WhyView } from '../engine/api.ts'
import { roomOf, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { table } from './layout.ts'
import { findTarget, memberName, namedIn } from './people.ts'

/** The action that a command does, where it is called otherwise. */
const ACTIONS: Readonly<Record<string, string>> = {
  admin: 'promote', unadmin: 'demote', topic: 'policy', slow: 'policy', idle: 'policy', token: 'rotate-token', delete: 'redact'
}
/** Those that have one name in the records and here. */
const WORDS = [
  'promote', 'demote', 'kick', 'ban', 'unban', 'mute', 'unmute', 'redact', 'policy', 'transfer', 'reclaim', 'rotate-token', 'close',
  'leave', 'admit', 'invite', 'revoke-invite'
]
const RECORD_ID = /^[0-9a-f]{64}$/u
/** Digits of a record's id that are shown: enough to find it in an export. */
const SHOWN_DIGITS = 12

export const why: Command = {
  name: 'why',
  usage: '/why NICK|COMMAND',
  summary: 'Explain by the signed records why somebody may or may not, or why each /kick counts or not.',
  completes: 'member',
  async run(context, args) {
    const [word = ''] = wordsBetween(args, 1, 1, 'Why what? Name a person, or a command such as kick.')
    const room = roomOf(context).id
    const target = await targetOf(context.client, room, word)
    context.print(await explained(context.client, room, await context.client.call('room.why', { room, target })))
  }
}

/** With a slash it is a command; without, a person comes before a command of that name. */
async function targetOf(client: NodeClient, room: string, word: string): Promise<string> {
  const name = word.replace(/^\//u, '').toLowerCase()
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : WORDS.find((known) => known === name)
  if (action !== undefined && word.startsWith('/')) return action
  if (RECORD_ID.test(name)) return name
  try {
    return await findTarget(client, room, word)
  } catch (error) {
    if (action !== undefined && error instanceof ApiError && error.reason === 'not-found') return action
    throw error
  }
}

async function explained(client: NodeClient, room: string, { text, records }: WhyView): Promise<string> {
  const sentences = sanitiseText(text)
  if (records.length === 0) return sentences
  const members = await client.call('room.members', { room })
  const named = namedIn(await client.call('room.state', { room }))
  const known = [...members, ...named.filter(({ identity }) => !members.some((member) => member.identity === identity))]
  const nameOf = (identity: string): string => {
    const person = known.find((one) => one.identity === identity)
    return person === undefined ? short(identity) : memberName(person, known)
  }
  const rows = records.map(({ id, kind, author, effective, because }) => [
    short(id), sanitiseLine(kind), nameOf(author), effective ? 'counts' : 'does not count', sanitiseLine(because)
  ])
  return `${sentences}\n${table([['RECORD', 'WHAT', 'BY', 'COUNTS', 'BECAUSE'], ...rows])}`
}

function short(id: string): string {
  return sanitiseLine(id.slice(0, SHOWN_DIGITS))
}
