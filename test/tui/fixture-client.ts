/** A node that exists only for tests of the terminal: rooms, members and messages as a script wants them. */
import { ApiError, REFUSED } from '../../src/engine/api.ts'
import type {
  ActView, MemberView, MessageView, Method, Methods, NodeClient, NodeEvent, NodeStatus, Notifications, Params, Person, Result, RoomView
} from '../../src/engine/api.ts'

export const NOON_MS = Date.UTC(2026, 10, 21, 12, 0, 0)

export function person(nick: string): Person {
  const identity = Buffer.from(nick.padEnd(32, '.')).toString('hex').slice(0, 64).padEnd(64, '0')
  return { identity, fingerprint: `${identity.slice(0, 4)}-${identity.slice(4, 8)}`, nick }
}

export const ME = person('ann')

export function roomView(name: string, changes: Partial<RoomView> = {}): RoomView {
  return {
    id: Buffer.from(name.padEnd(32, '-')).toString('hex').slice(0, 64), handle: name, name, access: 'open', topic: '', owner: ME, created: NOON_MS,
    provisional: false, members: 3, online: 2, role: 'member', joined: true, closed: false, unread: 0, ...changes
  }
}

export function member(nick: string, changes: Partial<MemberView> = {}): MemberView {
  return { ...person(nick), role: 'member', presence: 'online', lastSeen: NOON_MS, muted: false, ...changes }
}

type Answers = { [M in Method]?: (params: Params<M>) => Result<M> | Promise<Result<M>> }

export class FixtureClient implements NodeClient {
  readonly rooms: RoomView[] = []
  readonly members = new Map<string, MemberView[]>()
  readonly timeline = new Map<string, MessageView[]>()
  readonly acts = new Map<string, ActView[]>()
  readonly calls: { readonly method: Method; readonly params: unknown }[] = []
  /** Answers of a test's own, in place of the usual ones. */
  readonly answers: Answers = {}
  private readonly listeners = new Set<(event: NodeEvent) => void>()
  private count = 0
  private clockMs = NOON_MS

  emit<M extends keyof Notifications>(method: M, params: Notifications[M]): void {
    for (const listener of this.listeners) listener({ method, params } as NodeEvent)
  }

  /** A message of that time, kept for history and told to whoever listens. */
  say(room: RoomView, nick: string, text: string, changes: Partial<MessageView> = {}): MessageView {
    const message = this.compose(room, nick, text, changes)
    this.timeline.set(room.id, [...(this.timeline.get(room.id) ?? []), message].sort((one, other) => one.time - other.time))
    this.emit('message', message)
    return message
  }

  /** An act of that time, kept and told; one of a known record takes its place. */
  act(room: RoomView, action: string, text: string, changes: Partial<ActView> = {}): ActView {
    this.count++
    this.clockMs += 1000
    const record = this.count.toString(16).padStart(64, 'a')
    const act: ActView = { room: room.id, record, time: this.clockMs, action, by: person('bob').identity, effective: true, text, ...changes }
    const others = (this.acts.get(room.id) ?? []).filter((known) => known.record !== act.record)
    this.acts.set(room.id, [...others, act].sort((one, other) => one.time - other.time))
    this.emit('role', act)
    return act
  }

  compose(room: RoomView, nick: string, text: string, changes: Partial<MessageView> = {}): MessageView {
    this.count++
    this.clockMs += 1000
    const id = this.count.toString(16).padStart(64, '0')
    return { id, room: room.id, from: person(nick), time: this.clockMs, kind: 'say', text, ...changes }
  }

  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    this.calls.push({ method, params })
    const answer = (this.answers[method] ?? this.usual[method]) as ((params: Params<M>) => Result<M> | Promise<Result<M>>) | undefined
    if (answer === undefined) throw new ApiError(REFUSED, 'not-found', `The fixture has no ${method}.`)
    return answer(params)
  }

  private readonly usual: Answers = {
    'node.status': () => this.status(),
    'room.list': () => this.rooms,
    'room.join': ({ room }) => this.join(room),
    'room.members': ({ room }) => this.members.get(room) ?? [],
    'room.read': () => true,
    'room.acts': ({ room, limit = 100, before = Infinity }) => (this.acts.get(room) ?? []).filter(({ time }) => time < before).slice(-limit),
    'message.history': (params) => this.history(params),
    'message.send': (params) => this.send(params)
  }

  status(): NodeStatus {
    const address = '/ip4/192.0.2.1/tcp/4000'
    return {
      ...ME, version: '0.1.0', peerId: 'me', addresses: [], rooms: this.rooms.length, servers: { chosen: 0, connected: 0 }, nat: 'unknown',
      peers: [{ peerId: 'p1', address, path: 'lan' }, { peerId: 'p2', address, path: 'lan' }, { peerId: 'p3', address, path: 'relay' }]
    }
  }

  private join(name: string): RoomView {
    const known = this.rooms.find((room) => room.name === name)
    if (known !== undefined) return known
    if (name.includes('/')) throw new ApiError(REFUSED, 'bad-room-name', 'That is not a room name.')
    const room = roomView(name, { provisional: true, role: 'owner', members: 1, online: 1 })
    this.rooms.push(room)
    this.members.set(room.id, [member('ann', { role: 'owner' })])
    return room
  }

  private history({ room, limit = 50, before }: Params<'message.history'>): MessageView[] {
    const all = this.timeline.get(room) ?? []
    const end = before === undefined ? all.length : all.findIndex((message) => message.id === before)
    return all.slice(Math.max(0, end - limit), Math.max(0, end))
  }

  private send({ room: id, text, kind = 'say' }: Params<'message.send'>): Methods['message.send']['result'] {
    const room = this.rooms.find((one) => one.id === id)
    if (room === undefined) throw new ApiError(REFUSED, 'not-found', 'There is no such room.')
    if (text.length > 1000) throw new ApiError(REFUSED, 'too-long', 'The message is too long: at most 1000 letters.')
    const delivery = { state: 'sent' as const, held: 0, of: 2 }
    const { id: messageId, time } = this.say(room, 'ann', text, { kind, delivery })
    return { id: messageId, time, delivery }
  }

  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  async close(): Promise<void> {
    this.listeners.clear()
  }
}
