import assert from 'node:assert/strict'
import { NOON_MS, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

describe('an announcement of a server', () => {
  it('is in every room once, and on the status line, made harmless', () => {
    const made = new Session(100, 24)
    made.client.rooms.push(roomView('lobby'), roomView('dev'))
    made.begin()
    const from = { identity: 'ab'.repeat(32), fingerprint: 'aaaa-bbbb', nick: 'harbour' }
    const text = 'closed at \u001b[31mnoon\u202e'
    made.emit('announcement', { id: 'cd'.repeat(32), server: '12D3KooW', from, text, time: NOON_MS, expires: NOON_MS + 1 })
    for (const room of made.model.rooms) {
      const told = room.items.filter((item) => item.kind === 'note' && item.text.includes('harbour announces: closed at'))
      assert.equal(told.length, 1, room.view.name)
    }
    assert.match(made.text(), /harbour announces: closed at/u)
    assert.ok(!/[\u001b\u202e]/u.test(made.text() + (made.model.flash?.text ?? '')))
  })
})
