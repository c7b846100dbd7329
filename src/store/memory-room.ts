/** One room of the store in memory. */
import type { Graph, StoredDelivery, StoredEpoch, StoredMember, StoredRecord, StoredRoom, TimelinePlace } from '../engine/ports.ts'

export class MemoryRoom {
  room: StoredRoom | undefined
  readonly epochs = new Map<string, StoredEpoch>()
  readonly deliveries = new Map<string, StoredDelivery>()
  readonly members = new Map<string, StoredMember>()
  /** Sorted by (time, id). */
  private readonly records: Record<Graph, StoredRecord[]> = { message: [], authority: [] }
  private readonly newest = new Map<string, StoredRecord>()
  /** `AUTHOR ID` for each id that a record of the author names as prev. */
  private readonly vouches = new Set<string>()

  append(record: StoredRecord): void {
    const records = this.records[record.graph]
    records.splice(placeOf(records, record), 0, record)
    const newest = this.newest.get(record.author)
    if (newest === undefined || order(newest, record) < 0) this.newest.set(record.author, record)
    if (record.prev !== null) this.vouches.add(`${record.author} ${record.prev}`)
  }

  /** One that is here. */
  forget(record: StoredRecord): void {
    const records = this.records[record.graph]
    records.splice(placeOf(records, record), 1)
    this.deliveries.delete(record.id)
    const { author, prev } = record
    if (prev !== null && !this.has(prev, author)) this.vouches.delete(`${author} ${prev}`)
    if (this.newest.get(author) !== record) return
    const [message, act] = [this.records.message, this.records.authority].map((list) => list.findLast((one) => one.author === author))
    const newest = message === undefined || (act !== undefined && order(message, act) < 0) ? act : message
    if (newest === undefined) this.newest.delete(author)
    else this.newest.set(author, newest)
  }

  private has(id: string, author: string): boolean {
    return Object.values(this.records).some((records) => records.some((one) => one.id === id && one.author === author))
  }

  inOrder(graph: Graph): readonly StoredRecord[] {
    return this.records[graph]
  }

  newestBy(author: string): StoredRecord | undefined {
    return this.newest.get(author)
  }

  messagesBy(author: string, fromUs: number, toUs: number): StoredRecord[] {
    const from = placeOf(this.records.message, { timeUs: fromUs, id: '' })
    const to = placeOf(this.records.message, { timeUs: toUs, id: '' })
    return this.records.message.slice(from, to).filter((record) => record.author === author)
  }

  vouched(id: string, author: string): boolean {
    return this.vouches.has(`${author} ${id}`)
  }

  timeline(kinds: readonly number[], limit: number, before: TimelinePlace | undefined): StoredRecord[] {
    const records = this.records.message
    const page: StoredRecord[] = []
    for (let at = (before === undefined ? records.length : placeOf(records, before)) - 1; at >= 0 && page.length < limit; at--) {
      const record = records[at]
      if (record !== undefined && kinds.includes(record.kind)) page.push(record)
    }
    return page.reverse()
  }

  count(kinds: readonly number[], sinceUs: number, notBy: string): number {
    let count = 0
    for (const records of [this.records.message, this.records.authority]) {
      for (let at = records.length - 1; at >= 0; at--) {
        const record = records[at]
        if (record === undefined || record.timeUs <= sinceUs) break
        if (record.author !== notBy && kinds.includes(record.kind)) count++
      }
    }
    return count
  }
}

function order(a: TimelinePlace, b: TimelinePlace): number {
  return a.timeUs - b.timeUs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** The first index whose record is not before `place`. Records mostly come in order, so the end is tried first. */
function placeOf(records: readonly StoredRecord[], place: TimelinePlace): number {
  const last = records.at(-1)
  if (last === undefined || order(last, place) < 0) return records.length
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const record = records[middle]
    if (record !== undefined && order(record, place) < 0) low = middle + 1
    else high = middle
  }
  return low
}
