/** The store's contract, for each implementation, and both against each other on random operations. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Store, StoreOp } from '../../src/engine/ports.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { storeContract } from './store-contract.ts'
import { delivery, epoch, id, member, peer, plain, record, room } from './store-samples.ts'

const directory = mkdtempSync(join(tmpdir(), 'p2pchat-store-'))
let files = 0
const freshPath = () => join(directory, `${files++}.db`)

after(() => rmSync(directory, { recursive: true }))

storeContract('memory', createMemoryStore)
storeContract('sqlite', () => openSqliteStore(freshPath()))

const ROOMS = [id(101), id(102)]
const AUTHORS = [id(201), id(202), id(203)]
const RECORDS = 24

// What a record's id decides in reality is decided by its number here: its room, author and graph.
const roomOf = (n: number) => ROOMS[n % ROOMS.length] ?? ''
const small = fc.nat(RECORDS - 1)
const oneRoom = fc.constantFrom(...ROOMS)
const text = fc.string({ unit: 'grapheme', maxLength: 8 })

const appended = fc.record({ n: small, prev: fc.option(small), timeUs: fc.nat(6), kind: fc.nat(2), verified: fc.boolean() }).map(
  ({ n, prev, timeUs, kind, verified }): StoreOp => ({
    op: 'record',
    record: record(n, {
      room: roomOf(n), author: AUTHORS[n % AUTHORS.length] ?? '', graph: n % 5 === 0 ? 'authority' : 'message',
      prev: prev === null ? null : id(prev), timeUs, kind, verified
    })
  }))

const operation: fc.Arbitrary<StoreOp> = fc.oneof(
  { weight: 8, arbitrary: appended },
  fc.record({ of: oneRoom, name: text, sinceMs: fc.nat(3), joined: fc.boolean(), state: fc.uint8Array({ maxLength: 9 }) }).map(
    ({ of, ...rest }): StoreOp => ({ op: 'room', room: room(of, rest) })),
  { weight: 3, arbitrary: fc.tuple(small, fc.nat(7)).map(([n, odd]): StoreOp => ({ op: 'forget-record', room: roomOf(odd === 0 ? n + 1 : n), id: id(n) })) },
  oneRoom.map((of): StoreOp => ({ op: 'forget-room', room: of })),
  fc.tuple(oneRoom, fc.nat(5), fc.nat(5)).map(([of, n, createdMs]): StoreOp => ({ op: 'epoch', epoch: epoch(of, n, { createdMs }) })),
  fc.tuple(small, fc.constantFrom('queued', 'sent', 'held'), fc.subarray(AUTHORS)).map(
    ([n, state, holders]): StoreOp => ({ op: 'delivery', delivery: delivery(n, { room: roomOf(n), state, holders }) })),
  fc.tuple(oneRoom, fc.constantFrom(...AUTHORS), text).map(
    ([of, who, nick]): StoreOp => ({ op: 'member', member: member(of, who, { nick }) })),
  fc.tuple(fc.constantFrom('pa', 'pb', 'pc'), fc.constantFrom(...AUTHORS), fc.nat(4), fc.array(text, { maxLength: 3 })).map(
    ([peerId, who, at, addresses]): StoreOp => ({ op: 'peer', peer: peer(peerId, who, at, addresses) }))
)

/** Everything that a store can be asked. */
function answers(store: Store): unknown {
  const places = [undefined, { timeUs: 3, id: id(9) }, { timeUs: 5, id: id(0) }]
  const pages = (of: string, kinds: readonly number[]) =>
    places.flatMap(before => [2, 100].map(limit => store.timeline(of, kinds, limit, before)))
  return plain({
    rooms: store.rooms(),
    arrived: [0, 2, 7].flatMap(after => [3, 100].map(limit => store.arrived(after, [0, 2], limit))),
    highest: store.arrival(),
    perRoom: ROOMS.map(of => ({
      timelines: [pages(of, [0, 1, 2]), pages(of, [1])],
      counts: AUTHORS.flatMap(by => [0, 3, 7].map(since => store.count(of, [0, 2], since, by))),
      items: (['message', 'authority'] as const).map(graph => [...store.items(of, graph)]),
      authority: store.authority(of),
      newest: AUTHORS.map(by => store.newestBy(of, by)),
      epochs: store.epochs(of),
      deliveries: [undefined, 'queued' as const, 'held' as const].map(state => store.deliveries(of, state)),
      members: store.members(of)
    })),
    perRecord: Array.from({ length: RECORDS }, (_, n) => ({
      found: store.find(id(n)), arrival: store.arrival(id(n)), delivery: store.delivery(id(n)),
      perRoom: ROOMS.map(of => [store.has(of, id(n)), store.get(of, id(n)), AUTHORS.map(by => store.vouched(of, id(n), by))])
    })),
    peers: ['pa', 'pb', 'pd'].map(peerId => store.peer(peerId)),
    peersOf: AUTHORS.map(who => store.peersOf(who))
  })
}

describe('store implementations', () => {
  it('give the same answers to any sequence of writes, also after a restart', function () {
    this.timeout(60_000)
    fc.assert(fc.property(fc.array(fc.array(operation, { maxLength: 12 }), { maxLength: 12 }), batches => {
      const path = freshPath()
      let memory = createMemoryStore()
      let sqlite = openSqliteStore(path)
      try {
        for (const [at, batch] of batches.entries()) {
          memory.write(batch, 'normal')
          sqlite.write(batch, 'normal')
          assert.deepEqual(answers(sqlite), answers(memory))
          if (at !== 5) continue
          memory = memory.crash()
          sqlite.close()
          sqlite = openSqliteStore(path)
        }
      } finally {
        sqlite.close()
        rmSync(path)
      }
    }), { numRuns: 60 })
  })
})
