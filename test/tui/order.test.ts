import assert from 'node:assert/strict'
import fc from 'fast-check'
import { timelineLines } from '../../src/commands/layout.ts'
import type { MessageView } from '../../src/engine/api.ts'
import { NOON_MS, person, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const room = roomView('lobby')

interface Said {
  readonly timeUs: number
  readonly id: string
}

/** As the node gives it. */
function viewOf({ timeUs, id }: Said): MessageView {
  const micros = timeUs % 1000
  const time = { time: Math.floor(timeUs / 1000), ...(micros === 0 ? {} : { micros }) }
  return { id, room: room.id, from: person('bob'), ...time, kind: 'say', text: `said ${id.slice(0, 4)}` }
}

/** Many in the same millisecond, ids against the times. */
const said = fc.uniqueArray(fc.record({
  timeUs: fc.nat(2_500).map((us) => NOON_MS * 1000 + us),
  id: fc.nat(0xffff).map((number) => number.toString(16).padStart(4, '0').repeat(16))
}), { minLength: 2, maxLength: 10, selector: ({ id }) => id })

describe('the order on the screen', () => {
  it('is that of the history, to the microsecond, in whatever order and way messages come; each stands there once', () => {
    fc.assert(fc.property(said, fc.array(fc.nat()), (messages, picks) => {
      const stored = messages.toSorted((one, other) => one.timeUs - other.timeUs || (one.id < other.id ? -1 : 1)).map(viewOf)
      const pick = (one: Said): number => picks[messages.indexOf(one)] ?? 0
      const arrival = messages.toSorted((one, other) => pick(one) - pick(other)).map(viewOf)
      const made = new Session(80, 24)
      made.client.rooms.push(room)
      made.begin()
      for (const [at, message] of arrival.entries()) {
        // One of our own may be answered before it is heard of.
        if (at % 3 === 0) {
          const { id, time, micros } = message
          const result = { id, time, ...(micros === undefined ? {} : { micros }), delivery: { state: 'queued', held: 0, of: 0 } as const }
          made.send({ type: 'sent', room: room.id, text: message.text, result })
        }
        made.emit('message', message)
      }
      const shown = (): string[] => (made.model.rooms[0]?.items ?? []).flatMap((item) => (item.kind === 'message' ? [item.id] : []))
      const expected = stored.map(({ id }) => id)
      assert.deepEqual(shown(), expected)
      made.send({ type: 'history', room: room.id, messages: stored, acts: [], complete: true })
      assert.deepEqual(shown(), expected)
      const lines = timelineLines(arrival, [], NOON_MS)
      assert.deepEqual(lines.map((line) => line.slice(-4)), expected.map((id) => id.slice(0, 4)))
    }), { numRuns: 300 })
  })
})
