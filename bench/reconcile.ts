/**
 * Reconciliation of two sets of records, in one process: how long both sides take and what goes over the wire; and what hostile messages cost who answers
 * them. `--short`: a tenth of the items, to see that it runs.
 */
import { createHash } from 'node:crypto'
import { RECONCILE_FRAME_BYTES } from '../src/core/record/limits.ts'
import { writeVarint } from '../src/core/sync/id-sum.ts'
import { ItemSet } from '../src/core/sync/item-set.ts'
import type { Item } from '../src/core/sync/item-set.ts'
import { createInitiator, respond } from '../src/core/sync/reconcile.ts'

const [ALL, PART] = process.argv.includes('--short') ? [100_000, 10_000] : [1_000_000, 100_000]
const spaced = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/gu, ' ')

interface Row {
  readonly what: string
  readonly value: string
  readonly ms: string
}

function itemsOf(label: string, from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, k) => {
    const i = from + k
    const id = new Uint8Array(createHash('sha256').update(`${label}:${i}`).digest())
    return { timeUs: 1_764_000_000_000_000 + i * 1_500_000 + (id[0] ?? 0), id }
  })
}

function setOf(items: readonly Item[]): ItemSet {
  const set = new ItemSet()
  for (const { timeUs, id } of items) set.insert(timeUs, id)
  return set
}

function median(run: () => number): number {
  const times = Array.from({ length: 5 }, run).sort((a, b) => a - b)
  return times[2] ?? 0
}

function exchange(what: string, a: ItemSet, b: ItemSet, frameSizeLimit: number): Row {
  let value = ''
  const ms = median(() => {
    const begin = performance.now()
    const initiator = createInitiator(a, { frameSizeLimit })
    let [roundTrips, up, down, found] = [0, 0, 0, 0]
    for (let query: Uint8Array | null = initiator.initiate(); query !== null;) {
      const answer = respond(b, query, { frameSizeLimit })
      if (!answer.ok) throw new Error(answer.message)
      const round = initiator.handle(answer.value)
      if (!round.ok) throw new Error(round.message)
      roundTrips += 1
      up += query.length
      down += answer.value.length
      found += round.value.have.length + round.value.need.length
      query = round.value.reply
    }
    value = `${roundTrips} round trip(s), ${up} B out, ${down} B in, ${found} ids`
    return performance.now() - begin
  })
  return { what: `${what}, frames of ${frameSizeLimit / 1024} KiB`, value, ms: ms.toFixed(1) }
}

function inserts(what: string, items: readonly Item[]): Row {
  const begin = performance.now()
  const set = setOf(items)
  const ms = performance.now() - begin
  return { what, value: `${(set.bytes / set.size).toFixed(1)} B an item, ${(set.bytes / 2 ** 20).toFixed(1)} MiB`, ms: ms.toFixed(0) }
}

function shuffled(items: readonly Item[]): Item[] {
  return items.map((item) => ({ item, key: createHash('sha256').update(item.id).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item)
}

function answered(what: string, set: ItemSet, message: Uint8Array, asInitiator: boolean): Row {
  let bytes = 0
  const ms = median(() => {
    const initiator = createInitiator(set, { frameSizeLimit: RECONCILE_FRAME_BYTES })
    initiator.initiate()
    const begin = performance.now()
    if (asInitiator) {
      const round = initiator.handle(message)
      bytes = round.ok ? (round.value.reply?.length ?? 0) : -1
    } else {
      const answer = respond(set, message, { frameSizeLimit: RECONCILE_FRAME_BYTES })
      bytes = answer.ok ? answer.value.length : -1
    }
    return performance.now() - begin
  })
  return { what, value: `${message.length} B in, ${bytes} B out`, ms: ms.toFixed(1) }
}

function repeated(count: number, range: readonly number[], head: readonly number[]): Uint8Array {
  const message = new Uint8Array(head.length + count * range.length)
  message.set(head)
  for (let i = 0; i < count; i++) message.set(range, head.length + i * range.length)
  return message
}

const million = itemsOf('a', 0, ALL)
const rows: Row[] = [
  inserts(`${spaced(PART)} inserts in order`, million.slice(0, PART)),
  inserts(`${spaced(PART)} inserts in random order`, shuffled(million.slice(0, PART))),
  inserts(`${spaced(ALL)} inserts in order`, million),
  inserts(`${spaced(ALL)} inserts in random order`, shuffled(million))
]

const common = million.slice(0, PART)
const mine = setOf([...common, ...itemsOf('b', 0, 5).map((item, i) => ({ ...item, timeUs: item.timeUs + i * 30_000_000_000 }))])
const theirs = setOf([...common, ...itemsOf('c', 0, 5).map((item, i) => ({ ...item, timeUs: item.timeUs + i * 29_000_000_000 }))])
const newest = setOf(million.slice(0, PART + 10))
const tenth = setOf(million.slice(0, PART / 10))
const none = new ItemSet()
for (const frameSizeLimit of [RECONCILE_FRAME_BYTES, 4096]) {
  rows.push(
    exchange(`${spaced(PART)} equal`, newest, newest, frameSizeLimit),
    exchange(`${spaced(PART)}, 10 differences spread`, mine, theirs, frameSizeLimit),
    exchange(`${spaced(PART)}, the newest 10 lacking`, setOf(common), newest, frameSizeLimit),
    exchange(`none against ${spaced(PART / 10)}`, none, tenth, frameSizeLimit),
    exchange(`${spaced(PART / 10)} against none`, tenth, none, frameSizeLimit)
  )
}
const large = setOf(million)
rows.push(
  exchange(`none against ${spaced(ALL)}`, none, large, RECONCILE_FRAME_BYTES),
  exchange(`${spaced(ALL)} against none`, large, none, RECONCILE_FRAME_BYTES)
)

const step = [0x81, 0xb7, 0x8d, 0x41]
const wrong = Array.from({ length: 16 }, () => 1)
const firstTime = new Uint8Array(8)
const first = [0x61, ...firstTime.subarray(0, writeVarint(firstTime, 0, 1_764_000_000_000_001)), 0, 0]
rows.push(
  answered('hostile: 40 000 wrong fingerprints', large, repeated(40_000, [...step, 0, 1, ...wrong], first), false),
  answered('hostile: 50 000 wrong fingerprints of nothing', large, repeated(50_000, [1, 0, 1, ...wrong], first), false),
  answered('hostile: one list of one id', large, repeated(1, [0, 0, 2, 1, ...wrong, ...wrong], [0x61]), true),
  answered('hostile: 131 072 skips', large, repeated(131_072, [1, 0, 0], [0x61]), false)
)
console.table(rows)
