/** The part of the store's contract that is not about records. */
import assert from 'node:assert/strict'
import { MAX_EPOCHS, MAX_MEMBERS } from '../../src/core/record/limits.ts'
import type { Store } from '../../src/engine/ports.ts'
import { A, B, delivery, epoch, id, member, OTHER, peer, plain, record, ROOM, room } from './store-samples.ts'

export function rooms(the: () => Store): void {
  describe('rooms and what belongs to them', () => {
    it('keeps, replaces and lists everything', () => {
      const store = the()
      const other = { sinceMs: 1, name: 'Ünïcödé 👩‍👩‍👧 नमस्ते', key: 'x', joined: false, provisional: true }
      const rooms = [room(ROOM, { sinceMs: 2 }), room(OTHER, other)]
      store.write(rooms.map(one => ({ op: 'room', room: one })), 'full')
      assert.deepEqual(plain(store.rooms()), plain([rooms[1], rooms[0]]))
      const changed = room(ROOM, { sinceMs: 2, readUs: 4_000_000_000_000_000, state: Uint8Array.of(), name: '' })
      store.write([{ op: 'room', room: changed }], 'normal')
      assert.deepEqual(plain(store.rooms()), plain([rooms[1], changed]))

      store.write([
        { op: 'epoch', epoch: epoch(ROOM, 2) }, { op: 'epoch', epoch: epoch(ROOM, 1) }, { op: 'epoch', epoch: epoch(OTHER, 1) },
        { op: 'epoch', epoch: epoch(ROOM, 2, { heads: [] }) },
        { op: 'member', member: member(ROOM, B) }, { op: 'member', member: member(ROOM, A) },
        { op: 'member', member: member(ROOM, B, { nick: '"; DROP TABLE members; --', lastSeenMs: 7 }) }
      ], 'normal')
      assert.deepEqual(plain(store.epochs(ROOM)), plain([epoch(ROOM, 1), epoch(ROOM, 2, { heads: [] })]))
      assert.deepEqual(plain(store.epochs(OTHER)), plain([epoch(OTHER, 1)]))
      assert.deepEqual(store.members(ROOM), [member(ROOM, A), member(ROOM, B, { nick: '"; DROP TABLE members; --', lastSeenMs: 7 })])
      assert.deepEqual(store.members(OTHER), [])
    })

    it('keeps how far stored messages got', () => {
      const store = the()
      store.write([3, 1, 2].flatMap(n => [{ op: 'record', record: record(n) }, { op: 'delivery', delivery: delivery(n) }]), 'full')
      store.write([{ op: 'delivery', delivery: delivery(3, { state: 'held', holders: [B, A] }) }], 'normal')
      const stray = [delivery(4), delivery(2, { room: OTHER, state: 'sent' }), delivery(1, { state: 'sent' }), delivery(1)]
      store.write(stray.map(one => ({ op: 'delivery', delivery: one })), 'normal')
      assert.deepEqual(store.deliveries(ROOM).map(one => one.id), [id(1), id(2), id(3)])
      assert.deepEqual(store.deliveries(ROOM, 'queued').map(one => one.id), [id(1), id(2)])
      assert.deepEqual(store.deliveries(ROOM, 'sent'), [])
      assert.deepEqual(store.delivery(id(3)), delivery(3, { state: 'held', holders: [B, A] }))
      assert.equal(store.delivery(id(4)), undefined)
      assert.deepEqual(store.deliveries(OTHER), [])
    })

    it('lists an identity\'s nodes, the one seen last first', () => {
      const store = the()
      const addresses = ['/ip4/1.2.3.4/tcp/1', '/dns/ä/tcp/2']
      const peers = [peer('12D3a', A, 5), peer('12D3c', A, 9), peer('12D3b', A, 9), peer('12D3d', B, 1, addresses)]
      store.write(peers.map(one => ({ op: 'peer', peer: one })), 'normal')
      assert.deepEqual(store.peersOf(A).map(one => one.peerId), ['12D3b', '12D3c', '12D3a'])
      assert.deepEqual(plain(store.peer('12D3d')), plain(peers[3]))
      store.write([{ op: 'peer', peer: peer('12D3d', A, 10) }], 'normal')
      assert.equal(store.peersOf(A)[0]?.peerId, '12D3d')
      assert.deepEqual(store.peersOf(B), [])
      assert.equal(store.peer('nobody'), undefined)
    })

    it('keeps text verbatim: other scripts, quotes, NUL', () => {
      for (const nick of ['नमस्ते', '👩🏽‍💻', 'a\u0000b', '\u202ertl', "o'hara\\", '']) {
        the().write([{ op: 'member', member: member(ROOM, A, { nick }) }], 'normal')
        assert.equal(the().members(ROOM)[0]?.nick, nick)
      }
    })

    it('forgets a room with all that belongs to it, and nothing else', () => {
      const store = the()
      for (const in_ of [ROOM, OTHER]) {
        const base = in_ === ROOM ? 0 : 100
        store.write([
          { op: 'room', room: room(in_) }, { op: 'epoch', epoch: epoch(in_, 1) }, { op: 'member', member: member(in_, A) },
          { op: 'record', record: record(base + 1, { room: in_ }) },
          { op: 'delivery', delivery: delivery(base + 1, { room: in_ }) },
          { op: 'record', record: record(base + 2, { room: in_, prev: id(base + 50), graph: 'authority' }) }
        ], 'normal')
      }
      store.write([{ op: 'peer', peer: peer('12D3', A, 1) }, { op: 'forget-room', room: ROOM }], 'full')
      assert.deepEqual(store.rooms().map(one => one.id), [OTHER])
      const lists = [store.epochs(ROOM), store.members(ROOM), store.deliveries(ROOM), store.timeline(ROOM, [1], 9), store.authority(ROOM)]
      assert.deepEqual([...lists.flat(), ...store.items(ROOM, 'message')], [])
      for (const left of [store.find(id(1)), store.newestBy(ROOM, A), store.delivery(id(1))]) assert.equal(left, undefined)
      assert.equal(store.vouched(ROOM, id(50), A), false)
      assert.equal(store.vouched(OTHER, id(150), A), true)
      assert.equal(store.authority(OTHER).length + store.timeline(OTHER, [1], 9).length + store.deliveries(OTHER).length, 3)
      assert.ok(store.peer('12D3') !== undefined && store.newestBy(OTHER, A)?.id === id(102))
    })

    it('starts a forgotten room afresh, within one write too', () => {
      const store = the()
      store.write([
        { op: 'record', record: record(1, { timeUs: 900 }) }, { op: 'room', room: room(ROOM) }, { op: 'forget-room', room: ROOM },
        { op: 'record', record: record(2, { timeUs: 5, prev: id(1) }) }
      ], 'normal')
      assert.equal(store.newestBy(ROOM, A)?.id, id(2))
      assert.equal(store.has(ROOM, id(1)), false)
      assert.deepEqual(store.rooms(), [])
      store.write([{ op: 'record', record: record(1, { timeUs: 900 }) }], 'normal')
      assert.equal(store.newestBy(ROOM, A)?.id, id(1))
      store.write([{ op: 'forget-room', room: id(77) }], 'normal')
    })
  })
}

export function bounds(the: () => Store): void {
  describe('bounds', () => {
    it('keeps the newest epochs of a room and the members seen last', () => {
      const store = the()
      const many = MAX_EPOCHS + 3
      for (let n = 0; n < many; n++) store.write([{ op: 'epoch', epoch: epoch(ROOM, n) }], 'normal')
      assert.deepEqual(store.epochs(ROOM).map(one => one.createdMs), Array.from({ length: MAX_EPOCHS }, (_, n) => n + 3))
      const members = Array.from({ length: MAX_MEMBERS + 5 }, (_, n) => member(ROOM, id(n), { lastSeenMs: n === 0 ? 1e6 : n }))
      store.write(members.map(one => ({ op: 'member', member: one })), 'normal')
      const kept = store.members(ROOM)
      assert.equal(kept.length, MAX_MEMBERS)
      assert.equal(kept[0]?.identity, id(0))
      assert.equal(kept[1]?.identity, id(6))
    })
  })
}
