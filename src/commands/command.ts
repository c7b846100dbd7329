/** What a slash command is, and what it may ask of the face in which it was typed. */
import type { NodeClient, RoomView } from '../engine/api.ts'

export interface CommandContext {
  readonly client: NodeClient
  /** The room in which the line was typed, if any. */
  readonly room: RoomView | undefined
  /**
   * Tells the person something; may hold line breaks. Already sanitised by whoever calls. It stands in the room in which the line was typed, or in
   * `room`, an id.
   */
  print(text: string, room?: string): void
  /** Brings a room to the front. */
  show(room: RoomView): void
  /** Takes a room that was left off the screen. */
  hide(roomId: string): void
  /** Ends the program cleanly. */
  quit(): void
  /**
   * Writes a new file on this computer, for this user alone, whole or not at all. Resolves to its full path; refuses with ApiError where something
   * is already, or nothing can be written.
   */
  saveFile(path: string, text: AsyncIterable<string>): Promise<string>
}

export interface Command {
  /** Without the slash. */
  readonly name: string
  /** As in INTERFACE: `/msg NICK TEXT`. */
  readonly usage: string
  /** One line for /help. */
  readonly summary: string
  /** What its first argument is, for completion. */
  readonly completes?: 'room' | 'member' | 'command' | 'switch'
  /** Where it takes a secret: the offset in its arguments from which on they are masked while typed. Such a line is not remembered. */
  readonly secretFrom?: (args: string) => number
  /** `args` is the rest of the line, trimmed. Throws ApiError for a refusal; the caller prints its message. */
  run(context: CommandContext, args: string): Promise<void>
}
