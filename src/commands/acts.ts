/** What the commands that act on people have in common. The act itself is told to everybody in the room, its author included, so they print nothing. */
import type { RoomAction } from '../engine/api.ts'
import { firstWord, roomOf, UsageError, wordsBetween } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { spanOrForever } from './duration.ts'
import { findTarget } from './people.ts'

/** A command that does one thing to one person, and takes nothing else. */
export function actOnPerson(init: Pick<Command, 'name' | 'summary'> & { readonly action: RoomAction }): Command {
  const { name, summary, action } = init
  return {
    name,
    usage: `/${name} NICK`,
    summary,
    completes: 'member',
    async run(context, args) {
      const [word = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
      const room = roomOf(context).id
      await context.client.call('room.act', { room, action, target: await findTarget(context.client, room, word) })
    }
  }
}

interface Sanction {
  readonly action: 'kick' | 'ban' | 'mute'
  readonly target: string
  /** Undefined: without end. */
  readonly durationMs?: number | undefined
  readonly reason: string
  readonly purge?: boolean
}

export async function sanction(context: CommandContext, deed: Sanction): Promise<void> {
  const { action, target: word, durationMs, reason, purge = false } = deed
  const room = roomOf(context).id
  const target = await findTarget(context.client, room, word)
  const duration = durationMs === undefined ? {} : { duration: durationMs }
  await context.client.call('room.act', {
    room, action, target, ...duration, ...(reason === '' ? {} : { reason }), ...(purge ? { purge } : {})
  })
}

export interface Terms {
  readonly target: string
  readonly durationMs: number | undefined
  readonly reason: string
  readonly purge: boolean
}

/** `NICK [10m|forever] [WHY]`, the options anywhere before the reason. */
export function termsOf(args: string, options: readonly '--purge'[]): Terms {
  let target = ''
  let span: number | 'forever' | undefined
  let purge = false
  let rest = args
  for (;;) {
    const [word, behind] = firstWord(rest)
    if (word.startsWith('--')) {
      if (!options.some((option) => option === word)) {
        throw new UsageError(`There is no option ${word} here; a reason cannot begin with two dashes.`)
      }
      purge = true
    } else if (word !== '' && target === '') {
      target = word
    } else {
      const found = span === undefined ? spanOrForever(word) : undefined
      if (found === undefined) break
      span = found
    }
    rest = behind
  }
  if (target === '') throw new UsageError('Whom do you mean?')
  return { target, durationMs: span === 'forever' ? undefined : span, reason: rest.trim(), purge }
}
