/**
 * Everything that the terminal shows, as one immutable value. update.ts gives the next one, view.ts draws one.
 * All foreign strings in it are sanitised: see foreign.ts, through which they come in.
 */
import type { Command } from '../commands/command.ts'
import type { ActView, MemberView, MessageView, NodeEvent, NodeStatus, RoomView, SendResult } from '../engine/api.ts'
import type { AnnouncementView, ServersInUse } from '../engine/api-server.ts'
import type { Path } from '../engine/ports.ts'
import { EMPTY_EDITOR } from './editor.ts'
import type { Editor } from './editor.ts'
import type { Size } from './grid.ts'

export type Tone = 'notice' | 'warning' | 'error'

/** A line of the timeline: what somebody said, what was done about rights, or what this program has to say. Sorted by (time, id). */
export type Item =
  | { readonly kind: 'message'; readonly id: string; readonly time: number; readonly message: MessageView }
  | { readonly kind: 'act'; readonly id: string; readonly time: number; readonly act: ActView }
  | { readonly kind: 'note'; readonly id: string; readonly time: number; readonly text: string; readonly tone: Tone }

/**
 * Where the window stands in the timeline: at its end, or with this row of this item as its lowest. Anchored by item and
 * not by number, so that it stays put while messages arrive below and above.
 */
export type Scroll = { readonly at: 'end' } | { readonly at: 'item'; readonly time: number; readonly id: string; readonly row: number }

export interface Marker {
  readonly time: number
  readonly id: string
  /** The room was left since: what arrives now is newer news. */
  readonly left: boolean
}

export interface Room {
  readonly view: RoomView
  readonly items: readonly Item[]
  /** True once its latest messages were asked for. */
  readonly opened: boolean
  /** True when the start of the history is loaded. */
  readonly complete: boolean
  /** True while a page of history is on its way. */
  readonly loading: boolean
  readonly scroll: Scroll
  readonly unread: number
  readonly mentions: number
  /**
   * The first message that was new when the room was shown. It stays through switching rooms, until something is said here by
   * oneself, or new things arrive after the room was left.
   */
  readonly marker: Marker | undefined
  readonly members: readonly MemberView[]
  /** Messages known to exist and not here yet. */
  readonly missing: number
  /** Messages that the sync under way has brought, if one is. */
  readonly syncing: number | undefined
  readonly draft: Editor
}

export interface Flash {
  readonly text: string
  readonly tone: Tone
}

/** A message was refused because it came too fast. */
export interface Waiting {
  readonly room: string
  readonly untilMs: number
  /** Whole seconds that are left, as shown. */
  readonly leftS: number
}

export interface Completing {
  /** The draft as it was when Tab was first pressed; another key takes what is shown. */
  readonly base: Editor
  readonly from: number
  readonly candidates: readonly string[]
  readonly chosen: number
}

/** Walking through the lines that were sent. */
export interface Recalling {
  /** Index into `history`. */
  readonly at: number
  /** The draft that was there before. */
  readonly draft: Editor
}

export interface Model {
  readonly size: Size
  readonly version: string
  /** An IANA time zone; undefined: the machine's. */
  readonly zone: string | undefined
  readonly me: { readonly identity: string; readonly fingerprint: string; readonly nick: string }
  readonly rooms: readonly Room[]
  /** Id of the room in front; undefined while there is none. */
  readonly current: string | undefined
  /** The room that was in front before. */
  readonly previous: string | undefined
  /** What is said and typed while there is no room. */
  readonly lobby: { readonly items: readonly Item[]; readonly draft: Editor; readonly scroll: Scroll }
  readonly peers: ReadonlyMap<string, Path>
  readonly servers: ServersInUse
  /** Announcements heard since the start: where they stand in rooms that are opened later. */
  readonly heard: ReadonlyMap<string, number>
  readonly flash: Flash | undefined
  readonly waiting: Waiting | undefined
  /** Ctrl-C was pressed on an empty draft: the next one quits. */
  readonly leaving: boolean
  /** The messages alone are shown, so that the mouse selects nothing else. */
  readonly bare: boolean
  /** The table of keys is shown instead of the messages. */
  readonly showsKeys: boolean
  /** The first line of the table of keys that is shown. */
  readonly keysFrom: number
  readonly completing: Completing | undefined
  /** Lines sent, oldest first. */
  readonly history: readonly string[]
  readonly recalling: Recalling | undefined
  /** What was put into the draft by itself: a refused text, or an offer. A command typed behind it takes its place. */
  readonly givenBack: string | undefined
  readonly theme: string
  /** For the usage that is shown while a command is typed, and for what of it is masked. */
  readonly commands: readonly Pick<Command, 'name' | 'usage' | 'secretFrom'>[]
  /** Number of notes made so far: their ids. */
  readonly notes: number
}

/** A part of a room's timeline without a gap in it. */
export interface Page {
  readonly room: string
  readonly messages: readonly MessageView[]
  readonly acts: readonly ActView[]
  /** True when nothing is older. */
  readonly complete: boolean
}

export interface Refused {
  readonly why: string
  /** When there is room again, if that is known. */
  readonly retryAtMs?: number | undefined
  readonly nowMs: number
}

/** What can happen to the model. Times are the wall clock in ms, read by whoever sends the message. */
export type Message =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'resize'; readonly size: Size }
  | { readonly type: 'status'; readonly status: NodeStatus }
  | { readonly type: 'event'; readonly event: NodeEvent; readonly nowMs: number }
  /** Rooms that are joined; with `show`, one of them comes to the front if none is there. */
  | { readonly type: 'rooms'; readonly rooms: readonly RoomView[]; readonly show: boolean }
  | { readonly type: 'show'; readonly room: RoomView }
  | { readonly type: 'hide'; readonly room: string }
  | ({ readonly type: 'history' } & Page)
  /** What is shown anew of a room: it takes the place of those items that were there when it was asked for. */
  | ({ readonly type: 'reloaded'; readonly asked: ReadonlySet<string> } & Page)
  /** Those in force, for a room that is opened. */
  | { readonly type: 'announcements'; readonly room: string; readonly announcements: readonly AnnouncementView[]; readonly nowMs: number }
  | { readonly type: 'history-failed'; readonly room: string }
  | { readonly type: 'members'; readonly room: string; readonly members: readonly MemberView[] }
  | { readonly type: 'sent'; readonly room: string; readonly text: string; readonly result: SendResult }
  | ({ readonly type: 'send-refused'; readonly room: string; readonly text: string } & Refused)
  /** A command was refused that is not to be typed again, as one that says something. */
  | { readonly type: 'command-refused'; readonly line: string }
  /** A second of waiting has passed. */
  | { readonly type: 'tick'; readonly nowMs: number }
  | { readonly type: 'print'; readonly room: string | undefined; readonly text: string; readonly tone: Tone; readonly nowMs: number }
  | { readonly type: 'flash'; readonly text: string; readonly tone: Tone }
  | { readonly type: 'completed'; readonly from: number; readonly candidates: readonly string[] }
  | { readonly type: 'theme'; readonly name: string }
  /** A draft to begin with, if nothing was typed yet. */
  | { readonly type: 'offer'; readonly text: string }
  /** Takes the flash off; with one named, only if it is still that one. */
  | { readonly type: 'flash-over'; readonly flash?: Flash }

/** What is to be done about it; app.ts does it. */
export type Effect =
  | { readonly kind: 'history'; readonly room: string; readonly before?: string }
  | { readonly kind: 'members'; readonly room: string }
  | { readonly kind: 'rooms' }
  /** Asks anew for what is shown of a room. */
  | { readonly kind: 'reload'; readonly room: string }
  | { readonly kind: 'tick' }
  | { readonly kind: 'read'; readonly room: string }
  | { readonly kind: 'send'; readonly room: string; readonly text: string }
  | { readonly kind: 'command'; readonly line: string; readonly room: RoomView | undefined }
  | { readonly kind: 'complete'; readonly line: string; readonly caret: number; readonly rooms: string[]; readonly members: string[] }
  | { readonly kind: 'theme'; readonly name: string }
  | { readonly kind: 'expire'; readonly flash: Flash }
  | { readonly kind: 'bell' }
  | { readonly kind: 'repaint' }
  | { readonly kind: 'quit' }

export interface Step {
  readonly model: Model
  readonly effects: readonly Effect[]
}

export function emptyModel(init: { size: Size; version: string; theme: string; zone?: string; commands?: Model['commands'] }): Model {
  return {
    size: init.size,
    version: init.version,
    zone: init.zone,
    me: { identity: '', fingerprint: '', nick: '' },
    rooms: [],
    current: undefined,
    previous: undefined,
    lobby: { items: [], draft: EMPTY_EDITOR, scroll: { at: 'end' } },
    peers: new Map(),
    servers: { chosen: 0, connected: 0 },
    heard: new Map(),
    flash: undefined,
    waiting: undefined,
    leaving: false,
    bare: false,
    showsKeys: false,
    keysFrom: 0,
    completing: undefined,
    history: [],
    recalling: undefined,
    givenBack: undefined,
    theme: init.theme,
    commands: init.commands ?? [],
    notes: 0
  }
}

export function emptyRoom(view: RoomView): Room {
  return {
    view,
    items: [],
    opened: false,
    complete: false,
    loading: false,
    scroll: { at: 'end' },
    unread: view.unread,
    mentions: 0,
    marker: undefined,
    members: [],
    missing: 0,
    syncing: undefined,
    draft: EMPTY_EDITOR
  }
}

export function currentRoom(model: Model): Room | undefined {
  return model.rooms.find((room) => room.view.id === model.current)
}

/** Whether the rooms and members have panes, where there is width for them. */
export function hasSidePanes(model: Model): boolean {
  return model.rooms.length > 0 && !model.bare
}

export function currentDraft(model: Model): Editor {
  return currentRoom(model)?.draft ?? model.lobby.draft
}

export function withRoom(model: Model, id: string, change: (room: Room) => Room): Model {
  return { ...model, rooms: model.rooms.map((room) => (room.view.id === id ? change(room) : room)) }
}

export function withDraft(model: Model, draft: Editor): Model {
  const room = currentRoom(model)
  if (room === undefined) return { ...model, lobby: { ...model.lobby, draft } }
  return withRoom(model, room.view.id, (known) => ({ ...known, draft }))
}
