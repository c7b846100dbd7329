/** What every Store must do, whatever it is made of. Run for each implementation by store.test.ts. */
import assert from 'node:assert/strict'
import type { Store, StoredRecord } from '../../src/engine/ports.ts'
import { bounds, rooms } from './store-contract-rooms.ts'
import { A, B, delivery, hex, id, OTHER, plain, record, ROOM, room } from './store-samples.ts'

export function storeContract(name: string, open: () => Store): void {
  describe(`store contract: ${name}`, () => {
    let store: Store
    beforeEach(() => { store = open() })
    afterEach(() => store.close())

    records(() => store)
    order(() => store)
    rooms(() => store)
    bounds(() => store)
    atomicity(() => store)
  })
}

const write = (store: Store, ...records: StoredRecord[]) =>
  store.write(records.map(r => ({ op: 'record', record: r })), 'normal')
const idsOf = (records: readonly StoredRecord[]) => records.map(({ id }) => id)

function records(the: () => Store): void {
  describe('records', () => {
    it('answers for an empty store', () => {
      const store = the()
      assert.equal(store.has(ROOM, id(1)), false)
      assert.equal(store.get(ROOM, id(1)), undefined)
      assert.equal(store.find(id(1)), undefined)
      assert.equal(store.vouched(ROOM, id(1), A), false)
      assert.equal(store.newestBy(ROOM, A), undefined)
      assert.equal(store.count(ROOM, [1], 0, A), 0)
      assert.deepEqual(store.timeline(ROOM, [1], 10), [])
      assert.deepEqual(store.authority(ROOM), [])
      assert.deepEqual([...store.items(ROOM, 'message')], [])
      assert.deepEqual(store.rooms(), [])
    })

    it('keeps every field and the bytes verbatim', () => {
      const store = the()
      const kept = [
        record(1),
        record(2, { graph: 'authority', kind: 77, author: B, prev: id(1), verified: false, bytes: new Uint8Array() }),
        record(3, { bytes: Uint8Array.from({ length: 48 * 1024 }, (_, n) => n % 251), timeUs: 4_102_444_800_000_000 })
      ]
      write(store, ...kept)
      for (const one of kept) {
        assert.deepEqual(plain(store.get(ROOM, one.id)), plain(one))
        assert.deepEqual(plain(store.find(one.id)), plain(one))
        assert.equal(store.has(ROOM, one.id), true)
      }
    })

    it('does not see a later change of the bytes it was given', () => {
      const bytes = Uint8Array.of(1, 2, 3)
      write(the(), record(1, { bytes }))
      bytes[0] = 9
      assert.deepEqual([...the().get(ROOM, id(1))?.bytes ?? []], [1, 2, 3])
    })

    it('finds a record of another room by find alone', () => {
      write(the(), record(1, { room: OTHER }))
      assert.equal(the().has(ROOM, id(1)), false)
      assert.equal(the().get(ROOM, id(1)), undefined)
      assert.equal(the().find(id(1))?.room, OTHER)
    })

    it('leaves a record that is there as it is', () => {
      write(the(), record(1))
      write(the(), record(1, { verified: false, kind: 9, bytes: Uint8Array.of(9) }))
      assert.deepEqual(plain(the().get(ROOM, id(1))), plain(record(1)))
      assert.equal([...the().items(ROOM, 'message')].length, 1)
    })

    it('knows a vouched id before and after its record arrives, per author', () => {
      const store = the()
      write(store, record(2, { author: A, prev: id(1) }))
      assert.equal(store.vouched(ROOM, id(1), A), true)
      assert.equal(store.vouched(ROOM, id(1), B), false)
      assert.equal(store.vouched(OTHER, id(1), A), false)
      assert.equal(store.vouched(ROOM, id(2), A), false)
      write(store, record(1, { author: A }))
      assert.equal(store.vouched(ROOM, id(1), A), true)
      write(store, record(3, { author: A, prev: id(2) }))
      assert.equal(store.vouched(ROOM, id(2), A), true)
      assert.equal(store.vouched(ROOM, id(3), A), false)
    })

    it('knows a vouched id that is another author\'s record', () => {
      write(the(), record(1, { author: B }), record(2, { author: A, prev: id(1) }))
      assert.equal(the().vouched(ROOM, id(1), A), true)
      assert.equal(the().vouched(ROOM, id(1), B), false)
    })

    it('knows all ids of a chain written newest first in one write', () => {
      const chain = [5, 4, 3, 2, 1].map(n => record(n, { prev: n === 1 ? null : id(n - 1) }))
      write(the(), ...chain)
      assert.deepEqual([1, 2, 3, 4, 5].map(n => the().vouched(ROOM, id(n), A)), [true, true, true, true, false])
    })
  })
}

function order(the: () => Store): void {
  describe('arrival', () => {
    it('is told by numbers that grow, of all rooms, and are not given again after a room with the highest ones is forgotten', () => {
      const store = the()
      write(store, record(5, { timeUs: 90 }), record(3, { timeUs: 10 }), record(4, { room: OTHER, timeUs: 1 }))
      const seen = store.arrived(0, [0, 1, 2, 3, 4, 5], 10)
      assert.deepEqual(seen.map(({ record: { id: of } }) => of), [id(5), id(3), id(4)])
      assert.deepEqual(seen.map(({ no }) => no), [id(5), id(3), id(4)].map(of => store.arrival(of)))
      const cursor = store.arrival() ?? 0
      assert.equal(seen.at(-1)?.no, cursor)
      store.write([{ op: 'forget-room', room: OTHER }], 'normal')
      assert.equal(store.arrival(), cursor)
      write(store, record(7))
      assert.deepEqual(store.arrived(cursor, [0, 1, 2, 3, 4, 5], 10).map(({ record: { id: of } }) => of), [id(7)])
    })
  })

  describe('order', () => {
    it('forgets a record as if it had never come, but for what others say of it', () => {
      const store = the()
      write(store, record(1), record(2, { prev: id(1) }), record(3, { prev: id(2) }), record(4, { author: B, prev: id(3) }))
      store.write([{ op: 'forget-record', room: OTHER, id: id(3) }, { op: 'forget-record', room: ROOM, id: id(9) }], 'normal')
      assert.equal(store.has(ROOM, id(3)), true)
      store.write([
        { op: 'delivery', delivery: delivery(3) }, { op: 'forget-record', room: ROOM, id: id(3) }, { op: 'forget-record', room: ROOM, id: id(2) }
      ], 'normal')
      assert.deepEqual([store.find(id(3)), store.delivery(id(3)), store.has(ROOM, id(2))], [undefined, undefined, false])
      assert.equal(store.newestBy(ROOM, A)?.id, id(1))
      assert.deepEqual([...store.items(ROOM, 'message')].map((item) => hex(item.id)), [id(1), id(4)])
      assert.deepEqual(idsOf(store.messagesBy(ROOM, A, 0, 2e15)), [id(1)])
      assert.equal(store.vouched(ROOM, id(2), A), true)
      assert.equal(store.vouched(ROOM, id(3), A), false)
      write(store, record(3, { prev: id(2) }))
      assert.equal(store.newestBy(ROOM, A)?.id, id(3))
      assert.equal(store.delivery(id(3)), undefined)
    })

    it('gives the newest record of an author by (time, id), over both graphs', () => {
      const store = the()
      write(store, record(3, { timeUs: 50 }), record(1, { timeUs: 70 }), record(2, { timeUs: 60 }), record(9, { author: B, timeUs: 99 }))
      assert.equal(store.newestBy(ROOM, A)?.id, id(1))
      write(store, record(4, { timeUs: 70, graph: 'authority' }))
      assert.equal(store.newestBy(ROOM, A)?.id, id(4))
      write(store, record(0, { timeUs: 70 }))
      assert.equal(store.newestBy(ROOM, A)?.id, id(4))
      assert.equal(store.newestBy(OTHER, A), undefined)
    })

    it('sorts authority records and items by (time, id), each graph for itself', () => {
      const store = the()
      const mixed = [record(5, { timeUs: 2 }), record(1, { timeUs: 3 }), record(4, { timeUs: 2 }), record(2, { timeUs: 1 })]
      write(store, ...mixed, ...mixed.map((r, n) => ({ ...r, id: id(20 - n), graph: 'authority' as const })))
      assert.deepEqual(idsOf(store.authority(ROOM)), [17, 18, 20, 19].map(n => id(n)))
      const items = [...store.items(ROOM, 'message')]
      assert.deepEqual(items.map(item => [item.timeUs, hex(item.id)]), [[1, id(2)], [2, id(4)], [2, id(5)], [3, id(1)]])
      assert.ok(items.every(item => item.id instanceof Uint8Array && item.id.length === 32))
      assert.deepEqual([...store.items(ROOM, 'authority')].map(item => hex(item.id)), [17, 18, 20, 19].map(n => id(n)))
    })

    it('finds the messages of an author in a span of time', () => {
      const store = the()
      write(store, ...[9, 10, 12, 14, 15].map((timeUs, n) => record(n, { timeUs })))
      write(store, record(10, { timeUs: 11, author: B }), record(11, { timeUs: 12, graph: 'authority' }), record(12, { timeUs: 12, kind: 9 }))
      assert.deepEqual(idsOf(store.messagesBy(ROOM, A, 10, 15)), [id(1), id(2), id(12), id(3)])
      assert.deepEqual(idsOf(store.messagesBy(ROOM, B, 0, 100)), [id(10)])
      assert.deepEqual(store.messagesBy(ROOM, A, 16, 100), [])
      assert.deepEqual(store.messagesBy(OTHER, A, 0, 100), [])
      assert.deepEqual(store.messagesBy(ROOM, id(77), 0, 100), [])
    })

    it('pages a timeline without loss or repetition where many have the same time', () => {
      const store = the()
      const all = Array.from({ length: 53 }, (_, n) => record(n, { timeUs: 100 + Math.floor(n / 20), kind: n % 3 }))
      write(store, ...[...all].reverse())
      for (const limit of [1, 4, 7, 53, 100]) {
        const seen: StoredRecord[] = []
        for (;;) {
          const first = seen[0]
          const page = first === undefined ? store.timeline(ROOM, [0, 1, 2], limit) : store.timeline(ROOM, [0, 1, 2], limit, first)
          if (page.length === 0) break
          assert.ok(page.length <= limit)
          seen.unshift(...page)
        }
        assert.deepEqual(idsOf(seen), idsOf(all))
      }
    })

    it('gives only the kinds asked for, of the message graph, and only before the place', () => {
      const store = the()
      write(store, record(1, { kind: 1 }), record(2, { kind: 2 }), record(3, { kind: 3 }), record(5, { kind: 1 }))
      write(store, record(4, { kind: 1, graph: 'authority' }))
      assert.deepEqual(idsOf(store.timeline(ROOM, [1, 3], 10)), [id(1), id(3), id(5)])
      assert.deepEqual(idsOf(store.timeline(ROOM, [1, 3], 2)), [id(3), id(5)])
      assert.deepEqual(idsOf(store.timeline(ROOM, [1, 3], 10, record(5))), [id(1), id(3)])
      assert.deepEqual(idsOf(store.timeline(ROOM, [1, 3], 10, { timeUs: record(5).timeUs, id: id(6) })), [id(1), id(3), id(5)])
      assert.deepEqual(store.timeline(ROOM, [], 10), [])
      assert.deepEqual(store.timeline(ROOM, [1], 0), [])
      assert.deepEqual(store.timeline(ROOM, [8], 10), [])
    })

    it('counts later records of the kinds by others', () => {
      const store = the()
      write(store, ...[1, 2, 3, 4].map(n => record(n, { author: n % 2 === 0 ? A : B, timeUs: n, kind: n === 3 ? 7 : 1 })))
      write(store, record(5, { author: B, timeUs: 5, kind: 1, graph: 'authority' }), record(6, { room: OTHER, timeUs: 6, author: B }))
      assert.equal(store.count(ROOM, [1, 7], 0, A), 3)
      assert.equal(store.count(ROOM, [1], 0, A), 2)
      assert.equal(store.count(ROOM, [1, 7], 1, A), 2)
      assert.equal(store.count(ROOM, [1, 7], 0, id(99)), 5)
      assert.equal(store.count(ROOM, [], 0, A), 0)
      assert.equal(store.count(ROOM, [1, 7], 5, A), 0)
    })

    it('holds 10 000 records, written out of order in batches', () => {
      const store = the()
      const all = Array.from({ length: 10_000 }, (_, n) =>
        record(n, { timeUs: 1000 + (n * 7919) % 10_000, prev: n === 0 ? null : id(n - 1) }))
      for (let at = 0; at < all.length; at += 100) write(store, ...all.slice(at, at + 100))
      const sorted = [...all].sort((a, b) => a.timeUs - b.timeUs || (a.id < b.id ? -1 : 1))
      assert.deepEqual([...store.items(ROOM, 'message')].map(item => hex(item.id)), idsOf(sorted))
      assert.deepEqual(idsOf(store.timeline(ROOM, [1], 10_000)), idsOf(sorted))
      assert.equal(store.newestBy(ROOM, A)?.id, sorted.at(-1)?.id)
      assert.equal(store.count(ROOM, [1], 5999, B), 5000)
      for (const one of all) assert.ok(store.has(ROOM, one.id) && store.vouched(ROOM, one.id, A) === (one !== all.at(-1)))
    })

    it('gives each item once where thousands have the same time', () => {
      const store = the()
      write(store, ...Array.from({ length: 5000 }, (_, n) => record(n, { timeUs: 7 + Math.floor(n / 2500) })))
      assert.deepEqual([...store.items(ROOM, 'message')].map(item => hex(item.id)), Array.from({ length: 5000 }, (_, n) => id(n)))
    })

    it('knows the newest of 5000 authors, written in one write, the newest first', () => {
      const store = the()
      const by = (time: number) => (_: unknown, n: number) => record(time * 10_000 + n, { author: id(n), timeUs: time })
      write(store, ...Array.from({ length: 5000 }, by(2)), ...Array.from({ length: 5000 }, by(1)))
      for (let n = 0; n < 5000; n++) assert.equal(store.newestBy(ROOM, id(n))?.timeUs, 2)
    })

    it('can be written to while items are being read', () => {
      const store = the()
      write(store, ...Array.from({ length: 5000 }, (_, n) => record(n)))
      const seen: string[] = []
      for (const item of store.items(ROOM, 'message')) {
        if (seen.length % 1000 === 0) write(store, record(6000 + seen.length, { timeUs: 1 }))
        seen.push(hex(item.id))
      }
      assert.deepEqual(seen, Array.from({ length: 5000 }, (_, n) => id(n)))
    })
  })
}

function atomicity(the: () => Store): void {
  describe('atomicity', () => {
    it('writes nothing when one operation cannot be', () => {
      const store = the()
      write(store, record(1))
      assert.throws(() => store.write([
        { op: 'record', record: record(2, { timeUs: 10 ** 15, prev: id(7), author: B }) }, { op: 'forget-room', room: ROOM },
        { op: 'room', room: room(OTHER) }, { op: 'record', record: record(3, { prev: 'not hex' }) }
      ], 'normal'), TypeError)
      assert.deepEqual(idsOf(store.timeline(ROOM, [1], 10)), [id(1)])
      assert.deepEqual(store.rooms(), [])
      assert.equal(store.vouched(ROOM, id(7), B), false)
      assert.equal(store.newestBy(ROOM, B), undefined)
      write(store, record(4, { author: B }), record(5))
      assert.equal(store.newestBy(ROOM, B)?.id, id(4))
      assert.equal(store.newestBy(ROOM, A)?.id, id(5))
      store.write([], 'full')
    })
  })
}
