/** The next model, and what is to be done. Pure: the clock comes in with the message. */
import { isShown } from '../commands/read-only.ts'
import { sanitiseText } from '../core/text/sanitise.ts'
import type { MessageView } from '../engine/api.ts'
import { withAnnouncements } from './announcements.ts'
import { admitAct, admitMembers, admitMessage, admitPerson, admitRoom } from './foreign.ts'
import { MAX_DRAFT_LENGTH, clearDraft, editorText, editorWith, insert, replaceBack, spareLength } from './editor.ts'
import { currentDraft, currentRoom, withDraft, withRoom } from './model.ts'
import type { Item, Message, Model, Page, Room, Step } from './model.ts'
import { flashed, noted } from './notes.ts'
import { actItem, comesBefore, messageItem, withItem, withPage } from './timeline.ts'
import { onEvent } from './update-events.ts'
import { onKey } from './update-keys.ts'
import { addRoom, hideRoom, showRoom } from './update-rooms.ts'

type Handlers = { readonly [T in Message['type']]: (model: Model, message: Extract<Message, { type: T }>) => Step }

const handlers: Handlers = {
  key: (model, { key }) => onKey(model, key),
  text: (model, { text }) => typed(model, text),
  paste: (model, { text }) => typed(model, text),
  resize: (model, { size }) => still({ ...model, size }),
  event: (model, { event, nowMs }) => onEvent(model, event, nowMs),
  print: (model, { room, text, tone, nowMs }) => still(noted(model, room, text, tone, nowMs)),
  flash: (model, { text, tone }) => flashed(model, text, tone),
  'flash-over': (model, { flash }) => still(withoutFlash(model, flash)),
  completed: (model, { from, candidates }) => still(completed(model, from, candidates)),
  offer: (model, { text }) => still(offered(model, text)),
  theme: (model, { name }) => still({ ...model, theme: name }),
  status: onStatus,
  rooms: (model, { rooms, show }) => onRooms(model, rooms.map(admitRoom), show),
  show: (model, { room }) => showRoom(addRoom(model, admitRoom(room)), room.id),
  hide: (model, { room }) => hideRoom(model, room),
  history: (model, message) => still(withRoom(model, message.room, (room) => withHistory(room, message, model.me.identity))),
  announcements: (model, { room, announcements, nowMs }) => still(withAnnouncements(model, room, announcements, nowMs)),
  'history-failed': (model, { room: id }) => still(withRoom(model, id, (room) => ({ ...room, loading: false }))),
  members: (model, { room: id, members }) => still(withRoom(model, id, (room) => ({ ...room, members: admitMembers(members) }))),
  sent: (model, message) => still(sent(model, message)),
  reloaded: (model, message) => still(withRoom(model, message.room, (room) => reloaded(room, message))),
  'send-refused': refused,
  'command-refused': (model, { line }) => still(offered(model, line)),
  tick
}

export function update(model: Model, message: Message): Step {
  // The table pairs each type with its handler; that the compiler cannot follow through an index.
  const handle = handlers[message.type] as (model: Model, message: Message) => Step
  return handle(model, message)
}

function still(model: Model): Step {
  return { model, effects: [] }
}

function onStatus(model: Model, { status }: Extract<Message, { type: 'status' }>): Step {
  const { identity, fingerprint, nick } = admitPerson(status)
  const peers = new Map(status.peers.map((peer) => [peer.peerId, peer.path]))
  const same = identity === model.me.identity && fingerprint === model.me.fingerprint && nick === model.me.nick
  // The same object as long as it says the same: rows that were laid out for it stay good.
  return still({ ...model, peers, servers: status.servers, me: same ? model.me : { identity, fingerprint, nick } })
}

function onRooms(model: Model, views: readonly Room['view'][], show: boolean): Step {
  let next = model
  for (const view of views) if (isShown(view)) next = addRoom(next, view)
  if (!show || next.current !== undefined) return { model: next, effects: [] }
  // The first with something new in it.
  const first = next.rooms.find((room) => room.unread > 0) ?? next.rooms[0]
  return first === undefined ? { model: next, effects: [] } : showRoom(next, first.view.id)
}

function withoutFlash(model: Model, flash: Model['flash']): Model {
  return flash === undefined || model.flash === flash ? { ...model, flash: undefined, leaving: false } : model
}

function offered(model: Model, text: string): Model {
  return currentDraft(model).clusters.length === 0 ? { ...withDraft(model, editorWith(text)), givenBack: text } : model
}

function typed(model: Model, text: string): Step {
  if (model.showsKeys) return still(model)
  const before = currentDraft(model)
  // Typed without a look at what was put there: with it in front, the command would be said to the room.
  const isReplaced = text.startsWith('/') && model.givenBack !== undefined && editorText(before) === model.givenBack
  const draft = isReplaced ? clearDraft(before) : before
  const next: Model = { ...withDraft(model, insert(draft, text)), completing: undefined, leaving: false }
  if (spareLength(draft) >= text.length) return still(next)
  return flashed(next, `The draft is full: it holds ${MAX_DRAFT_LENGTH / 1024} KiB. What exceeds it was left out.`, 'warning')
}

function withHistory(room: Room, answer: Extract<Message, { type: 'history' }>, me: string): Room {
  const items = withPage(room.items, itemsOf(answer))
  const next: Room = { ...room, items, complete: room.complete || answer.complete, loading: false }
  if (room.marker !== undefined || room.items.some((item) => item.kind === 'message') || room.view.unread === 0) return next
  // The first page of a room that was not read to its end: what is new in it starts that many messages before the end.
  const others = items.filter((item) => item.kind === 'message' && item.message.from.identity !== me)
  const first = others[Math.max(0, others.length - room.view.unread)]
  return first === undefined ? next : { ...next, marker: { time: first.time, id: first.id, left: false } }
}

/** What a page shows; what is older than its oldest message comes with the page before. */
function itemsOf({ messages, acts, complete }: Page): Item[] {
  const said = messages.map((message) => messageItem(admitMessage(message)))
  const oldest = said.reduce<Item | undefined>((first, item) => (first === undefined || comesBefore(item, first) ? item : first), undefined)
  const done = acts.map((act) => actItem(admitAct(act)))
  if (complete) return [...said, ...done]
  return oldest === undefined ? said : [...said, ...done.filter((item) => comesBefore(oldest, item))]
}

/** Other messages count than before. Those that came while they were asked for stay; the window holds on to the item that it stood at. */
function reloaded(room: Room, answer: Extract<Message, { type: 'reloaded' }>): Room {
  const kept = room.items.filter((item) => item.kind === 'note' || !answer.asked.has(item.id))
  return { ...room, items: withPage(kept, itemsOf(answer)), complete: answer.complete }
}

/** A message of ours that the node took. Its notification may have been there before; then it knows more than the answer. */
function sent(model: Model, { room: id, text, result }: Extract<Message, { type: 'sent' }>): Model {
  return withRoom(model, id, (room) => {
    if (room.items.some((item) => item.id === result.id)) return room
    const message: MessageView = { ...result, room: id, from: model.me, kind: 'say', text: sanitiseText(text) }
    return { ...room, items: withItem(room.items, messageItem(message)).items }
  })
}

/**
 * Puts the text back where it was typed, in front of what was typed since, and says why. In front of a command it is not put,
 * which would then be said to the room: the line is among those that were sent, for another try.
 */
function refused(model: Model, { room: id, text, why, retryAtMs, nowMs }: Extract<Message, { type: 'send-refused' }>): Step {
  // As it was typed: with two slashes where it is to begin with one.
  const typed = text.startsWith('/') ? `/${text}` : text
  const restored = withRoom(model, id, (room) => {
    const since = editorText(room.draft)
    if (since.startsWith('/')) return room
    return { ...room, draft: editorWith(since === '' ? typed : `${typed}\n${since}`, room.draft.killed) }
  })
  const front = currentRoom(restored)
  const isShown = front?.view.id === id && editorText(front.draft) === typed
  const given = isShown ? { ...restored, givenBack: typed } : restored
  const isWaiting = model.waiting?.room === id
  // Whoever tries again and again is told once; the seconds that are left are counted.
  const told = isWaiting ? given : noted(given, id, why, 'error', nowMs)
  if (retryAtMs !== undefined && retryAtMs > nowMs) {
    const waiting = { room: id, untilMs: retryAtMs, leftS: secondsUntil(retryAtMs, nowMs) }
    return { model: { ...told, waiting }, effects: model.waiting === undefined ? [{ kind: 'tick' }] : [] }
  }
  // Where the line under the last message cannot be seen, the status line says it too.
  const hidden = told.rooms.some((room) => room.view.id === id && room.scroll.at !== 'end')
  return hidden ? flashed(told, why, 'error') : still(told)
}

function tick(model: Model, { nowMs }: Extract<Message, { type: 'tick' }>): Step {
  const { waiting } = model
  if (waiting === undefined) return still(model)
  if (nowMs >= waiting.untilMs) return flashed({ ...model, waiting: undefined }, 'Now it can be sent', 'notice')
  return { model: { ...model, waiting: { ...waiting, leftS: secondsUntil(waiting.untilMs, nowMs) } }, effects: [{ kind: 'tick' }] }
}

function secondsUntil(timeMs: number, nowMs: number): number {
  return Math.ceil((timeMs - nowMs) / 1000)
}

function completed(model: Model, from: number, candidates: readonly string[]): Model {
  const base = currentDraft(model)
  const [first] = candidates
  if (first === undefined) return model
  const shown = withDraft(model, replaceBack(base, from, first))
  return { ...shown, completing: candidates.length === 1 ? undefined : { base, from, candidates, chosen: 0 } }
}
