/** A model driven by events, as tests write them down. */
import type { NodeEvent, Notifications } from '../../src/engine/api.ts'
import { caretOffset, editorText } from '../../src/tui/editor.ts'
import { currentDraft, currentRoom, emptyModel } from '../../src/tui/model.ts'
import type { Effect, Message, Model } from '../../src/tui/model.ts'
import { update } from '../../src/tui/update.ts'
import { view } from '../../src/tui/view.ts'
import { FixtureClient, NOON_MS } from './fixture-client.ts'

export class Session {
  model: Model
  /** Effects of the last step. */
  effects: readonly Effect[] = []
  readonly client = new FixtureClient()

  constructor(width = 80, height = 24) {
    const commands = [{ name: 'join', usage: '/join ROOM|LINK' }, { name: 'reclaim', usage: '/reclaim TOKEN', secretFrom: () => 0 }]
    this.model = emptyModel({ size: { width, height }, version: '0.1.0', theme: 'dusk', zone: 'UTC', commands })
    this.client.subscribe((event) => {
      this.send({ type: 'event', event, nowMs: NOON_MS })
    })
  }

  send(message: Message): this {
    const step = update(this.model, message)
    this.model = step.model
    this.effects = step.effects
    return this
  }

  /** Status, rooms, and what the effects of showing the first room would bring. */
  begin(): this {
    this.send({ type: 'status', status: this.client.status() })
    this.send({ type: 'rooms', rooms: this.client.rooms, show: true })
    for (const room of this.client.rooms) this.send({ type: 'members', room: room.id, members: this.client.members.get(room.id) ?? [] })
    return this.answer()
  }

  /** Answers what was asked for the room in front. */
  answer(before?: string): this {
    const id = this.model.current
    if (id === undefined) return this
    const all = this.client.timeline.get(id) ?? []
    const end = before === undefined ? all.length : all.findIndex((message) => message.id === before)
    const messages = all.slice(Math.max(0, end - 100), end)
    return this.send({ type: 'history', room: id, messages, acts: this.client.acts.get(id) ?? [], complete: messages.length < 100 })
  }

  emit<M extends keyof Notifications>(method: M, params: Notifications[M]): this {
    return this.send({ type: 'event', event: { method, params } as NodeEvent, nowMs: NOON_MS })
  }

  /** Keys by name (`C-a`, `enter`), or text in quotes: `keys("'hello'", 'enter')`. */
  keys(...keys: string[]): this {
    for (const key of keys) this.send(key.startsWith("'") ? { type: 'text', text: key.slice(1, -1) } : { type: 'key', key })
    return this
  }

  get draft(): string {
    const editor = currentDraft(this.model)
    const text = editorText(editor)
    return `${text.slice(0, caretOffset(editor))}|${text.slice(caretOffset(editor))}`
  }

  get room(): string | undefined {
    return currentRoom(this.model)?.view.handle
  }

  effect<K extends Effect['kind']>(kind: K): Extract<Effect, { kind: K }> | undefined {
    return this.effects.find((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind)
  }

  screen(): string[] {
    return view(this.model).rows()
  }

  /** Columns from…to-1 of every row. */
  columns(from: number, to: number): string[] {
    const { cells, width, height } = view(this.model)
    return Array.from({ length: height }, (_, y) => cells.slice(y * width + from, y * width + to).join('').trimEnd())
  }

  text(): string {
    return this.screen().join('\n')
  }
}
