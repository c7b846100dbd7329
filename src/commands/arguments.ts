/** What commands need of their argument line. */
import { ApiError, INVALID_PARAMS, type RoomView } from '../engine/api.ts'
import type { CommandContext } from './command.ts'

/** What was wrong with a command line; the caller shows the usage after it. */
export class UsageError extends ApiError {
  constructor(message: string) {
    super(INVALID_PARAMS, 'wrong-arguments', message)
    this.name = 'UsageError'
  }
}

/** A name that may hold blanks, with or without double quotes around it, also such as a word processor makes. */
export function unquoted(args: string): string {
  return /^["“„]([^"“”„]*)["”“]$/u.exec(args)?.[1] ?? args
}

/** The words of a line, when there are between `min` and `max` of them. */
export function wordsBetween(args: string, min: number, max: number, missing: string): string[] {
  const found = args.split(/\s+/u).filter((word) => word !== '')
  if (found.length < min) throw new UsageError(missing)
  if (found.length > max) throw new UsageError(`"${found[max] ?? ''}" is more than it takes.`)
  return found
}

/** The first word, and what follows it. */
export function firstWord(args: string): [word: string, rest: string] {
  const [head = '', word = ''] = /^\s*(\S*)\s*/u.exec(args) ?? []
  return [word, args.slice(head.length)]
}

export function none(args: string): void {
  if (args !== '') throw new UsageError('It takes nothing after its name.')
}

/** The room in which the command was typed. */
export function roomOf(context: CommandContext): RoomView {
  if (context.room === undefined) throw new UsageError('You are in no room; /join one first.')
  return context.room
}
