import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ActView } from '../../src/engine/api.ts'
import { SECTIONS } from '../../src/tui/keys.ts'
import type { Message } from '../../src/tui/model.ts'
import { paint } from '../../src/tui/painter.ts'
import { comesBefore } from '../../src/tui/timeline.ts'
import { view } from '../../src/tui/view.ts'
import { NOON_MS, member, person, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const ROOMS = ['lobby', 'dev', '漢字'].map((name) => roomView(name))
const KEYS = [...SECTIONS.flatMap(({ bindings }) => bindings.flatMap(({ keys }) => keys)), 'M-1', 'M-2', 'M-3', 'M-9', 'f7']

const anyRoom = fc.constantFrom(...ROOMS)
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constantFrom('hello ann', '', '\n\n\n', '👩‍👩‍👧 क्षि', 'x'.repeat(300), '/who', '漢'.repeat(90))
)
const anyId = fc.nat(60).map((n) => n.toString(16).padStart(64, '0'))
const anyMessage = fc.record({
  id: anyId, room: anyRoom.map(({ id }) => id), from: fc.constantFrom('ann', 'bob', 'carol').map(person), time: fc.nat(60).map((n) => NOON_MS + n * 40_000_000),
  kind: fc.constantFrom('say' as const, 'action' as const), text: anyText
})
const by = person('bob').identity
const anyAct = fc.record({ n: fc.nat(60), room: anyRoom, text: anyText, effective: fc.boolean() })
  .map(({ n, room, ...rest }): ActView => (
    { room: room.id, record: n.toString(16).padStart(64, 'a'), time: NOON_MS + n * 40_000_000, action: 'kick', by, ...rest }))
const messages = fc.array(anyMessage, { maxLength: 30 })
const anyPage = fc.record({ room: anyRoom, messages, acts: fc.array(anyAct), complete: fc.boolean() })
const removal = fc.record({ by: fc.constant(by), kind: fc.constantFrom('kick' as const, 'ban' as const), reason: anyText })
const event = <M extends string, P>(method: M, params: fc.Arbitrary<P>): fc.Arbitrary<Message> =>
  params.map((value) => ({ type: 'event', event: { method, params: value }, nowMs: NOON_MS }) as unknown as Message)

const anyStep: fc.Arbitrary<Message> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...KEYS).map((key): Message => ({ type: 'key', key })) },
  { weight: 3, arbitrary: anyText.map((text): Message => ({ type: 'text', text })) },
  { weight: 6, arbitrary: event('message', anyMessage) },
  fc.record({ width: fc.integer({ min: 1, max: 160 }), height: fc.integer({ min: 1, max: 50 }) }).map((size): Message => ({ type: 'resize', size })),
  event('room', fc.record({ room: anyRoom, event: fc.constantFrom('joined', 'changed', 'left', 'closed') }).map(({ room, event: why }) => ({ ...room, event: why, joined: why !== 'left' }))),
  event('room', fc.record({ from: anyRoom, to: anyRoom }).map(({ from, to }) => ({ ...from, joined: false, event: 'yielded', yieldedTo: to.id }))),
  event('presence', fc.record({ room: anyRoom.map(({ id }) => id), identity: fc.constant(person('bob').identity), nick: fc.constant('bob'), presence: fc.constantFrom('idle', 'offline') })),
  event('delivery', fc.record({ id: anyId, state: fc.constantFrom('queued', 'sent', 'held'), held: fc.nat(3), of: fc.nat(3) })),
  event('gap', fc.record({ room: anyRoom.map(({ id }) => id), missing: fc.nat(3) })),
  event('notice', fc.record({ code: fc.constant('x'), text: anyText })),
  event('role', anyAct),
  event('timeline', anyRoom.map(({ id }) => ({ room: id }))),
  event('kicked', fc.record({ room: anyRoom.map(({ id }) => id), by: fc.constant(by), reason: anyText })),
  event('room', fc.record({ room: anyRoom, removed: removal }).map(({ room, removed }) => ({ ...room, event: 'removed', joined: false, removed }))),
  anyPage.map(({ room, ...page }): Message => ({ type: 'history', room: room.id, ...page })),
  fc.record({ page: anyPage, asked: fc.uniqueArray(anyId) })
    .map(({ page: { room, ...page }, asked }): Message => ({ type: 'reloaded', room: room.id, asked: new Set(asked), ...page })),
  fc.nat(10_000).map((ms): Message => ({ type: 'tick', nowMs: NOON_MS + ms })),
  anyRoom.map((room): Message => ({ type: 'members', room: room.id, members: [member('ann'), member('bob'), member('李雷')] })),
  fc.array(fc.constantFrom('bob: ', 'lobby ', '漢: '), { maxLength: 3 }).map((candidates): Message => ({ type: 'completed', from: 0, candidates })),
  fc.record({ room: anyRoom, text: anyText, retryAtMs: fc.constantFrom(undefined, NOON_MS + 5000) })
    .map(({ room, ...rest }): Message => ({ type: 'send-refused', room: room.id, why: 'No.', nowMs: NOON_MS, ...rest }))
)

describe('any sequence of events', () => {
  it('leaves a model that holds together and can be drawn', () => {
    fc.assert(fc.property(fc.array(anyStep, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const session = new Session(100, 20)
      session.client.rooms.push(...ROOMS)
      session.begin()
      let shown = view(session.model)
      for (const step of steps) {
        session.send(step)
        const { model } = session
        assert.ok(model.current === undefined || model.rooms.some((room) => room.view.id === model.current), 'the room in front is there')
        assert.equal(new Set(model.rooms.map((room) => room.view.id)).size, model.rooms.length, 'each room is there once')
        for (const { items } of model.rooms) {
          for (let at = 1; at < items.length; at++) assert.ok(comesBefore(items[at - 1]!, items[at]!), 'items are in order, each once')
        }
        const grid = view(model)
        paint(shown, grid, [])
        shown = grid
        const { cursor, width, height } = grid
        assert.ok(cursor === null || (cursor.x < width && cursor.y < height), 'the cursor is on the screen')
      }
    }), { numRuns: 200 })
  }).timeout(60_000)
})
