/** Asking back before what nobody can undo: the command is typed again with the room's name behind it, so that no slip of a key does it. */
import { roomsCalled } from '../core/room/naming.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { unquoted, UsageError } from './arguments.ts'
import type { RoomView } from '../engine/api.ts'
import type { CommandContext } from './command.ts'

export interface Question {
  /** What would happen. */
  readonly warning: string
  /** The command as it was typed, which the room's name is to follow. */
  readonly command: string
  /** What was typed behind it. */
  readonly typed: string
}

/** True when it was confirmed. Otherwise the person is told how, or UsageError is thrown because another room was named. */
export function isConfirmed(context: CommandContext, room: RoomView, { warning, command, typed }: Question): boolean {
  const name = sanitiseLine(room.handle)
  if (typed === '') {
    context.print(`${warning} Nothing was done yet; to do it, type: ${command} ${name}`)
    return false
  }
  if (roomsCalled([room], unquoted(typed)).length === 1) return true
  throw new UsageError(`This room is called ${name}, not ${sanitiseLine(typed)}; nothing was done.`)
}
