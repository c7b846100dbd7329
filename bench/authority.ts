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
import type { Report } from './harness/report.ts'
import { spreadText } from './harness/table.ts'
import { ROOMS } from './harness/rights-rooms.ts'
import type { RightsRoom } from './harness/rights-rooms.ts'

const RECORDS = 10_000
const SHORT_RECORDS = 500

export const authority: Bench = ({ short, repeats, report }: BenchOptions) => {
  const records = short ? SHORT_RECORDS : RECORDS
  const turns = repeats ?? (short ? 1 : 9)
  const rooms = ROOMS.map((make) => make(records))
  wholeRooms(rooms, records, turns, report)
  oneMore(rooms, records, turns, report)
  return Promise.resolve()
}

function wholeRooms(rooms: readonly RightsRoom[], records: number, turns: number, report: Report): void {
  const rows = rooms.map(({ what, history }) => {
    const [anew, sifted, signatures] = [[], [], []] as [number[], number[], number[]]
    for (let turn = 0; turn < turns; turn++) {
      anew.push(timed(() => void new Authority(history[0]!).addAll(history.slice(1))))
      sifted.push(timed(() => void new Authority(history[0]!).sift(history.slice(1))))
      signatures.push(timed(() => history.slice(0, 500).forEach(verifyRecord)) * history.length / 500)
    }
    const share = (all: readonly number[]): string => spreadText(all.map((ms, n) => ms / signatures[n]!))
    report.plainFigure(`rights, ${what}: resolved anew, ms`, '≤ 1 000', anew)
    return [what, spreadText(anew), spreadText(sifted), share(anew), share(sifted)]
  })
  report.table(
    `${records} authority records, ms; and as a share of what checking their signatures takes: ${turns} turns`,
    ['room', 'resolved anew', 'taken in', 'anew, share', 'taken in, share'], rows
  )
}

function oneMore(rooms: readonly RightsRoom[], records: number, turns: number, report: Report): void {
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
      report.plainFigure(`rights, ${what}: one more, ${kind}, ms`, '≤ 5', samples)
      rows.push([what, kind, spreadText(samples), quantile(samples, 0.99).toFixed(2)])
    }
  }
  report.table(
    `One more in a room of ${records}: judged, taken in, and the state read; ms`,
    ['room', 'record', 'median (middle half)', 'p99'], rows
  )
}

function take(room: Authority, record: SignedRecord): unknown {
  if (room.refusalOf(record) !== undefined) throw new Error('no standing')
  room.add(record)
  return room.state
}

function timed(run: () => void): number {
  const begin = performance.now()
  run()
  return performance.now() - begin
}
