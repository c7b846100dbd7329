import assert from 'node:assert/strict'
import type { AnnouncementView } from '../../src/engine/api-server.ts'
import { NOON_MS, roomView } from './fixture-client.ts'
import { Session } from './session.ts'

const from = { identity: 'ab'.repeat(32), fingerprint: 'aaaa-bbbb', nick: 'harbour' }
const HOUR_MS = 3_600_000
const announcement = (text: string, time: number): AnnouncementView =>
  ({ id: Buffer.from(text).toString('hex').padEnd(64, '0'), server: '12D3KooW', from, text, time, expires: NOON_MS + 24 * HOUR_MS })

describe('an announcement of a server', () => {
  it('is in every room once, and on the status line, made harmless', () => {
    const made = new Session(100, 24)
    made.client.rooms.push(roomView('lobby'), roomView('dev'))
    made.begin()
    const text = 'closed at \u001b[31mnoon\u202e'
    made.emit('announcement', announcement(text, NOON_MS))
    for (const room of made.model.rooms) {
      const told = room.items.filter((item) => item.kind === 'note' && item.text.includes('harbour announces: closed at'))
      assert.equal(told.length, 1, room.view.name)
    }
    assert.match(made.text(), /harbour announces: closed at/u)
    assert.ok(!/[\u001b\u202e]/u.test(made.text() + (made.model.flash?.text ?? '')))
  })
  it('that was heard before there was a room is in each that is opened later, once, where it was heard', () => {
    const made = new Session(100, 24)
    made.begin()
    const heard = announcement('heard before', NOON_MS - HOUR_MS)
    made.emit('announcement', heard)
    assert.match(made.text(), /harbour announces: heard before/u)
    const lobby = roomView('lobby')
    made.client.rooms.push(lobby)
    made.client.timeline.set(lobby.id, [{ id: 'ee'.repeat(32), room: lobby.id, from, time: NOON_MS - 60_000, kind: 'say', text: 'said a minute ago' }])
    made.begin()
    for (let twice = 0; twice < 2; twice++) {
      made.send({ type: 'announcements', room: lobby.id, announcements: [announcement('of before', NOON_MS - HOUR_MS), heard], nowMs: NOON_MS })
    }
    const shown = made.model.rooms[0]!.items.map((item) => (item.kind === 'message' ? item.message.text : item.kind === 'note' ? item.text : ''))
    assert.deepEqual(shown, ['The server harbour announces: of before', 'said a minute ago', 'The server harbour announces: heard before'])
  })

  it('that server, when it is away, is missed on the status line, and no other', () => {
    const made = new Session(100, 24)
    made.client.rooms.push(roomView('lobby'))
    made.begin()
    assert.doesNotMatch(made.text(), /server away/u)
    made.emit('servers', { chosen: 1, connected: 0 })
    assert.match(made.text(), /server away/u)
    made.emit('servers', { chosen: 1, connected: 1 })
    assert.doesNotMatch(made.text(), /server away/u)
  })
})
