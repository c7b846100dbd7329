/** What the node tells by itself. */
import { isShown } from '../commands/read-only.ts'
import { QUIET_NOTICES } from '../commands/quiet-notices.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { ActView, MessageView, NodeEvent, RoomView } from '../engine/api.ts'
import { onAnnouncement } from './announcements.ts'
import { admitAct, admitMessage, admitRoom } from './foreign.ts'
import { currentRoom, withRoom } from './model.ts'
import type { Effect, Model, Room, Step } from './model.ts'
import { flashed, noted } from './notes.ts'
import { MAX_ITEMS, actItem, comesBefore, messageItem, placeOf, positionOf, withDelivery, withItem } from './timeline.ts'
import { addRoom, hideRoom, yieldRoom } from './update-rooms.ts'
import { mentions } from './words.ts'

export function onEvent(model: Model, event: NodeEvent, nowMs: number): Step {
  switch (event.method) {
    case 'message':
      return onMessage(model, admitMessage(event.params))
    case 'presence':
      return onPresence(model, event.params)
    case 'delivery': {
      const { id, ...delivery } = event.params
      return still({ ...model, rooms: model.rooms.map((room) => delivered(room, id, delivery)) })
    }
    case 'gap':
      return still(withRoom(model, event.params.room, (room) => ({ ...room, missing: event.params.missing })))
    case 'sync':
      return onSync(model, event.params)
    case 'peer':
      return onPeer(model, event.params)
    case 'room':
      return onRoom(model, admitRoom(event.params))
    case 'servers':
      return still({ ...model, servers: event.params })
    case 'announcement':
      return onAnnouncement(model, event.params, nowMs)
    case 'notice':
      return onNotice(model, event.params, nowMs)
    case 'role':
      return onAct(model, admitAct(event.params))
    case 'kicked':
      return onKicked(model, event.params)
    case 'timeline':
      return onTimeline(model, event.params)
    case 'ready':
      return still(model)
  }
}

function still(model: Model): Step {
  return { model, effects: [] }
}

function onMessage(model: Model, message: MessageView): Step {
  const room = model.rooms.find((one) => one.view.id === message.room)
  // A message of a room that is not on the screen: the list is out of date.
  if (room === undefined) return { model, effects: [{ kind: 'rooms' }] }
  const position = positionOf(message)
  if (comesWithItsPage(room, position)) return still(model)
  const known = room.items[placeOf(room.items, position)]?.id === message.id
  const added = withItem(room.items, messageItem(message))
  const own = message.from.identity === model.me.identity
  const seen = model.current === message.room && room.scroll.at === 'end'
  const named = !own && !known && mentions(message.text, model.me.nick)
  const news = !own && !known && !seen
  const next = withRoom(model, message.room, (one) => ({
    ...one,
    items: added.items,
    complete: one.complete && !added.trimmed,
    unread: news ? one.unread + 1 : one.unread,
    mentions: news && named ? one.mentions + 1 : one.mentions,
    marker: news && one.marker?.left !== false ? { ...position, left: false } : one.marker
  }))
  const effects: Effect[] = []
  if (seen && !own) effects.push({ kind: 'read', room: message.room })
  if (named && message.late !== true) effects.push({ kind: 'bell' })
  return { model: next, effects }
}

/** Older than what is loaded: it will come when that is scrolled to. */
function comesWithItsPage(room: Room, position: { readonly time: number; readonly id: string }): boolean {
  const pages = !room.complete || room.items.length >= MAX_ITEMS
  const oldest = room.items.find((item) => item.kind === 'message')
  return pages && oldest !== undefined && comesBefore(position, oldest)
}

/** An act is new, or another judgement of one takes the place of the one before. */
function onAct(model: Model, act: ActView): Step {
  const room = model.rooms.find((one) => one.view.id === act.room)
  if (room === undefined) return still(model)
  const item = actItem(act)
  const members: Effect = { kind: 'members', room: act.room }
  if (comesWithItsPage(room, item)) return { model, effects: [members] }
  const before = room.items.find((one) => one.id === item.id)
  const { items, trimmed } = withItem(room.items, item)
  const next = withRoom(model, act.room, (one) => ({ ...one, items, complete: one.complete && !trimmed }))
  const changed = before?.kind === 'act' && before.act.effective !== act.effective
  // The line may be far up by now: what was told once and is not so any more is said again.
  if (!changed || model.current !== act.room) return { model: next, effects: [members] }
  const told = flashed(next, act.text, 'warning')
  return { model: told.model, effects: [members, ...told.effects] }
}

/** The banner of the room says the rest; whoever looks at another room hears of it too. */
function onKicked(model: Model, { room: id, reason }: Extract<NodeEvent, { method: 'kicked' }>['params']): Step {
  const room = model.rooms.find((one) => one.view.id === id)
  if (model.current === id) return { model, effects: [{ kind: 'bell' }] }
  const why = sanitiseLine(reason)
  const text = `You were taken out of ${room?.view.handle ?? 'a room'}${why === '' ? '' : `: ${why}`}`
  const told = flashed(model, text, 'warning')
  return { model: told.model, effects: [...told.effects, { kind: 'bell' }] }
}

function onTimeline(model: Model, { room: id }: Extract<NodeEvent, { method: 'timeline' }>['params']): Step {
  const room = model.rooms.find((one) => one.view.id === id)
  return { model, effects: room?.opened === true ? [{ kind: 'reload', room: id }] : [] }
}

function onPresence(model: Model, { room: id, identity, presence }: Extract<NodeEvent, { method: 'presence' }>['params']): Step {
  const room = model.rooms.find((one) => one.view.id === id)
  if (room === undefined) return still(model)
  if (!room.members.some((member) => member.identity === identity)) return { model, effects: [{ kind: 'members', room: id }] }
  // The nick may have changed as well, and with it the member list's order: ask for what is true now.
  const members = room.members.map((member) => (member.identity === identity ? { ...member, presence } : member))
  return { model: withRoom(model, id, (one) => ({ ...one, members })), effects: [{ kind: 'members', room: id }] }
}

function delivered(room: Room, id: string, delivery: NonNullable<MessageView['delivery']>): Room {
  const items = withDelivery(room.items, id, delivery)
  return items === undefined ? room : { ...room, items }
}

function onSync(model: Model, { room: id, received, done }: Extract<NodeEvent, { method: 'sync' }>['params']): Step {
  const next = withRoom(model, id, (room) => ({ ...room, syncing: done ? undefined : received }))
  return { model: next, effects: done ? [{ kind: 'members', room: id }] : [] }
}

function onPeer(model: Model, { peerId, event, path }: Extract<NodeEvent, { method: 'peer' }>['params']): Step {
  const peers = new Map(model.peers)
  if (event === 'connected') peers.set(peerId, path)
  else peers.delete(peerId)
  return still({ ...model, peers })
}

function onRoom(model: Model, view: RoomView): Step {
  if (view.event === 'yielded' && view.yieldedTo !== undefined) {
    // The node tells it in a notice.
    const { model: next, effects } = yieldRoom(model, view.id, view.yieldedTo)
    return { model: next, effects: [...effects, { kind: 'rooms' }] }
  }
  if (view.event === 'left' || view.event === 'yielded' || !isShown(view)) return hideRoom(model, view.id)
  const before = model.rooms.find((room) => room.view.id === view.id)
  const next = addRoom(model, view)
  const effects: Effect[] = before === undefined || before.members.length > 0 ? [{ kind: 'members', room: view.id }] : []
  return { model: next, effects }
}

function onNotice(model: Model, { room, code, text }: Extract<NodeEvent, { method: 'notice' }>['params'], nowMs: number): Step {
  if (QUIET_NOTICES.has(code)) return still(model)
  // This terminal did not read for a while (it was stopped): all that is on the screen is asked for anew.
  if (code === 'skipped') {
    const opened = model.rooms.filter((one) => one.opened).map((one): Effect => ({ kind: 'reload', room: one.view.id }))
    return { model, effects: [{ kind: 'rooms' }, ...opened] }
  }
  const known = model.rooms.some((one) => one.view.id === room) ? room : undefined
  const next = noted(model, known, text, 'warning', nowMs)
  // Where it cannot be seen at once, it is shown on the status line too.
  const front = currentRoom(model)
  const inSight = (known ?? model.current) === model.current && (front === undefined || front.scroll.at === 'end')
  return inSight ? still(next) : flashed(next, sanitiseLine(text), 'warning')
}
