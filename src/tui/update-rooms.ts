/** Rooms coming, going, and being brought to the front. */
import type { RoomView } from '../engine/api.ts'
import { EMPTY_EDITOR } from './editor.ts'
import { currentRoom, emptyRoom, withRoom } from './model.ts'
import type { Effect, Model, Room, Step } from './model.ts'

/** Adds the room at the end of the list, or takes over what is new about one that is there. The view is sanitised. */
export function addRoom(model: Model, view: RoomView): Model {
  if (model.rooms.some((room) => room.view.id === view.id)) return withRoom(model, view.id, (room) => ({ ...room, view }))
  return { ...model, rooms: [...model.rooms, emptyRoom(view)] }
}

/** Brings a room to the front. */
export function showRoom(model: Model, id: string): Step {
  const room = model.rooms.find((one) => one.view.id === id)
  if (room === undefined) return { model, effects: [] }
  if (model.current === id) return { model: { ...model, showsKeys: false }, effects: [] }
  const left = model.current === undefined ? adopted(model, id) : withRoom(model, model.current, behind)
  const atEnd = room.scroll.at === 'end'
  const shown = withRoom(left, id, (one) => ({
    ...one,
    unread: atEnd ? 0 : one.unread,
    mentions: 0,
    opened: true,
    loading: one.loading || !one.opened
  }))
  const effects: Effect[] = []
  if (!room.opened) effects.push({ kind: 'history', room: id })
  if (room.members.length === 0) effects.push({ kind: 'members', room: id })
  if (atEnd) effects.push({ kind: 'read', room: id })
  const calm = { completing: undefined, recalling: undefined, leaving: false, showsKeys: false }
  return { model: { ...shown, ...calm, current: id, previous: model.current ?? model.previous }, effects }
}

/** A room that was left: its marker gives way to the next news. */
function behind(room: Room): Room {
  return room.marker === undefined ? room : { ...room, marker: { ...room.marker, left: true } }
}

/** What was typed before there was a room in front belongs to the first one that is. */
function adopted(model: Model, id: string): Model {
  const { draft } = model.lobby
  if (draft.clusters.length === 0) return model
  const emptied = { ...model, lobby: { ...model.lobby, draft: EMPTY_EDITOR } }
  return withRoom(emptied, id, (room) => (room.draft.clusters.length === 0 ? { ...room, draft } : room))
}

/** Takes a room off the screen; the one that was in front before takes its place. */
export function hideRoom(model: Model, id: string): Step {
  const at = model.rooms.findIndex((room) => room.view.id === id)
  if (at < 0) return { model, effects: [] }
  const rooms = model.rooms.filter((room) => room.view.id !== id)
  const next: Model = { ...model, rooms, previous: model.previous === id ? undefined : model.previous }
  if (model.current !== id) return { model: next, effects: [] }
  const heir = rooms.find((room) => room.view.id === model.previous) ?? rooms[Math.min(at, rooms.length - 1)]
  const bare: Model = { ...next, current: undefined, previous: undefined, completing: undefined, recalling: undefined }
  return heir === undefined ? { model: bare, effects: [] } : showRoom(bare, heir.view.id)
}

/** The neighbour in the list, around its ends. */
export function neighbour(model: Model, by: -1 | 1): string | undefined {
  const count = model.rooms.length
  if (count === 0) return undefined
  const at = model.rooms.findIndex((room) => room.view.id === model.current)
  return model.rooms[(at + by + count) % count]?.view.id
}

/** The next room below the current one (around the end) in which something is new; one with a mention goes first. */
export function nextActive(model: Model): string | undefined {
  const at = model.rooms.findIndex((room) => room.view.id === model.current)
  const after = [...model.rooms.slice(at + 1), ...model.rooms.slice(0, Math.max(0, at))]
  return (after.find((room) => room.mentions > 0) ?? after.find((room) => room.unread > 0))?.view.id
}

/** A room gave way to another of its name: its draft moves along, and so does the person who was looking at it. */
export function yieldRoom(model: Model, from: string, to: string): Step {
  const old = model.rooms.find((room) => room.view.id === from)
  const wasCurrent = currentRoom(model)?.view.id === from
  const moved = old === undefined || old.draft.clusters.length === 0
    ? model
    : withRoom(model, to, (room) => (room.draft.clusters.length === 0 ? { ...room, draft: old.draft } : room))
  const hidden = hideRoom(moved, from)
  if (!wasCurrent || !hidden.model.rooms.some((room) => room.view.id === to)) return hidden
  const shown = showRoom(hidden.model, to)
  return { model: shown.model, effects: [...hidden.effects, ...shown.effects] }
}
