/**
 * The rights of a room of 10 000 authority records, in one process: all resolved anew, as at the start of a node; taken in from others, each judged at the
 * door; and one more, with the state that comes of it. Rooms of several shapes; the reference, in the same turns, is the checking of one signature,
 * which each of these records cost when it came.
 */
import { Authority } from '../src/core/authority/authority.ts'
import { verifyRecord } from '../src/core/record/record.ts'
import type { SignedRecord } from '../src/core/record/record.ts'
import type { Bench, BenchOptions } from './harness/bench.ts'
import { quantile } from './harness/statistics.ts'
import { spreadText, table } from './harness/table.ts'
import { ROOMS } from './harness/rights-rooms.ts'
import type { RightsRoom } from './harness/rights-rooms.ts'

const RECORDS = 10_000
const QUICK_RECORDS = 2000

export const authority: Bench = ({ quick, repeats }: BenchOptions) => {
  const records = quick ? QUICK_RECORDS : RECORDS
  const turns = repeats ?? (quick ? 3 : 9)
  const rooms = ROOMS.map((make) => make(records))
  wholeRooms(rooms, records, turns)
  oneMore(rooms, records, turns)
  return Promise.resolve()
}

function wholeRooms(rooms: readonly RightsRoom[], records: number, turns: number): void {
  const rows = rooms.map(({ what, history }) => {
    const [anew, sifted, signatures] = [[], [], []] as [number[], number[], number[]]
    for (let turn = 0; turn < turns; turn++) {
      anew.push(timed(() => void new Authority(history[0]!).addAll(history.slice(1))))
      sifted.push(timed(() => void new Authority(history[0]!).sift(history.slice(1))))
      signatures.push(timed(() => history.slice(0, 500).forEach(verifyRecord)) * history.length / 500)
    }
    const share = (all: readonly number[]): string => spreadText(all.map((ms, n) => ms / signatures[n]!))
    return [what, spreadText(anew), spreadText(sifted), share(anew), share(sifted)]
  })
  console.log(`\n${records} authority records, ms; and as a share of what checking their signatures takes\n`)
  console.log(table(['room', 'resolved anew', 'taken in', 'anew, share', 'taken in, share'], rows))
}

function oneMore(rooms: readonly RightsRoom[], records: number, turns: number): void {
  const rows: string[][] = []
  for (const { what, history, next } of rooms) {
    for (const [kind, make] of Object.entries(next)) {
      const samples: number[] = []
      for (let turn = 0; turn < turns; turn++) {
        const room = new Authority(history[0]!)
        room.addAll(history.slice(1))
        void room.state
        const more = make(room)
        for (const record of more) samples.push(timed(() => void take(room, record)))
      }
      samples.sort((left, right) => left - right)
      rows.push([what, kind, spreadText(samples), quantile(samples, 0.99).toFixed(2)])
    }
  }
  console.log(`\none more in a room of ${records}: judged, taken in, and the state read; ms\n`)
  console.log(table(['room', 'record', 'median (middle half)', 'p99'], rows))
}

function take(room: Authority, record: SignedRecord): unknown {
  if (!room.hasStanding(record) || !room.hasRoomFor(record)) throw new Error('no standing')
  room.add(record)
  return room.state
}

function timed(run: () => void): number {
  const begin = performance.now()
  run()
  return performance.now() - begin
}
